import { Readable } from 'node:stream';
import { UsageError } from '../../model/errors.ts';
import { MAX_RECORD_CHARS } from '../../model/lines/record-line.ts';
import { parseSeedLine } from '../../model/lines/seed-line.ts';
import { quote } from '../../model/parsed.ts';
import { checkedBytes } from './list.ts';

interface CsvReading {
  /** The cell delimiter. If undefined, it is the one of `,` `;` tab and `|` that occurs most in the first row. */
  delimiter: string | undefined;
  /** Name of the column with the URL, or its number, from 1. */
  urlColumn: string | undefined;
}

/** Usual names of the column with the URL, most likely first. */
const USUAL_NAMES = ['url', 'uri', 'link', 'href', 'website', 'site', 'address'];
const URL_WITH_SCHEME = /^\s*https?:\/\//i;
const CHUNK_LINES = 500;

/** Candidates, most likely first. */
const DELIMITERS = [',', ';', '\t', '|'];

/** Excel's `sep=;` line before the table, and the same line as a parsed row. */
const NAMED_DELIMITER = /^(?:\xef\xbb\xbf)?"?sep=([^"\r\n\w])"?[ \t]*\n/i;
const DELIMITER_ROW = /^sep=\W?$/i;

const MAX_SHOWN = 12;
const CR = 0x0d;
const LF = 0x0a;

/** The index of the column with the URL, and the names of all columns if the first row has them. */
interface Columns {
  url: number;
  names: readonly string[] | undefined;
}

interface Row {
  record: string[];
  info: { lines: number };
}

/**
 * Reads a table (RFC 4180) as records, one JSON object per line: the URL, and the other columns by name in `meta`. The
 * first row names the columns, unless it contains a URL: then the names are the column numbers. A record keeps the
 * number of the line on which its row begins: blank lines are inserted where needed, and empty rows are blank lines.
 *
 * Rejects with UsageError if no column can be identified as the one with the URLs, and if the text is not a valid
 * table.
 */
export async function* csvRecords(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
  { delimiter: asked, urlColumn }: CsvReading,
): AsyncGenerator<string[], void, undefined> {
  const { head, all } = await withHead(withLineFeeds(checkedBytes(bytes, name)));
  const delimiter = asked ?? guessDelimiter(head);
  const { parse } = await import('csv-parse');
  const text = Readable.from(all);
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    max_record_size: MAX_RECORD_CHARS,
    record_delimiter: '\n',
    relax_column_count: true,
    relax_quotes: true,
  });
  text.on('error', (error) => parser.destroy(error)).pipe(parser);
  let columns: Columns | undefined;
  let chunk: string[] = [];
  let given = 0;
  let endedOn = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<Row>) {
      // The previous row contained line breaks: insert blank lines to keep the line numbers.
      for (; given < endedOn; given++) chunk.push('');
      endedOn = info.lines;
      given++;
      const cells = record.map((cell) => cell.trim());
      if (cells.every((cell) => cell === '') || (given === 1 && DELIMITER_ROW.test(cells[0] ?? ''))) {
        chunk.push('');
      } else if (columns === undefined) {
        columns = findColumns(cells, name, urlColumn);
        chunk.push(columns.names === undefined ? recordLine(cells, columns) : '');
      } else {
        chunk.push(recordLine(cells, columns));
      }
      if (chunk.length < CHUNK_LINES && parser.readableLength > 0) continue;
      yield chunk;
      chunk = [];
    }
  } catch (error) {
    yield chunk;
    throw asUsageError(error, name);
  } finally {
    text.destroy();
  }
  yield chunk;
}

/**
 * Reads ahead until the first row is complete, or longer than a record may be. Returns it as `head`, and all bytes,
 * including the head, as `all`.
 */
async function withHead(bytes: AsyncGenerator<Buffer>): Promise<{ head: string; all: AsyncGenerator<Buffer> }> {
  const chunks: Buffer[] = [];
  let length = 0;
  let isDone = false;
  while (!isDone && length < MAX_RECORD_CHARS && !Buffer.concat(chunks).toString('latin1').trimStart().includes('\n')) {
    const { value, done } = await bytes.next();
    isDone = done === true;
    if (value !== undefined) {
      chunks.push(value);
      length += value.length;
    }
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield* chunks;
    yield* bytes;
  }
  return { head: Buffer.concat(chunks).toString('latin1'), all: all() };
}

/**
 * Guesses the delimiter from the first row. Spreadsheets write semicolons where the comma is the decimal mark. Excel
 * may name the delimiter in a line before the table.
 */
function guessDelimiter(head: string): string {
  const named = NAMED_DELIMITER.exec(head)?.[1];
  if (named !== undefined) return named;
  // Delimiters inside quotes do not count.
  const [firstRow = ''] = head
    .replace(/"[^"]*"/g, '')
    .trimStart()
    .split('\n', 1);
  const counts = DELIMITERS.map((delimiter) => firstRow.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] as string;
}

/**
 * Converts all line ends to LF. Otherwise the parser uses the first line end that it meets for all rows, and counts a
 * CRLF inside a cell twice.
 */
async function* withLineFeeds(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let afterReturn = false;
  for await (const chunk of bytes) {
    const text = Buffer.allocUnsafe(chunk.length);
    let length = 0;
    for (const byte of chunk) {
      if (byte !== LF || !afterReturn) text[length++] = byte === CR ? LF : byte;
      afterReturn = byte === CR;
    }
    yield text.subarray(0, length);
  }
}

function recordLine(cells: readonly string[], { url, names }: Columns): string {
  const others = cells.flatMap((cell, index) => (index === url ? [] : [[names?.[index] ?? String(index + 1), cell] as const]));
  return JSON.stringify({ url: cells[url] ?? '', ...(others.length > 0 && { meta: Object.fromEntries(others) }) });
}

function findColumns(first: readonly string[], name: string, asked: string | undefined): Columns {
  const index = asked === undefined ? guessColumn(first) : namedColumn(first, asked);
  if (index === undefined) {
    const problem = asked === undefined ? `which column of ${name} holds the URL?` : `${name} has no column ${quote(asked)}:`;
    const names = first.slice(0, MAX_SHOWN).map(quote).join(', ');
    throw new UsageError(
      `${problem} its first row has ${names}${first.length > MAX_SHOWN ? ' …' : ''}; give --url-column NAME, or its number`,
    );
  }
  const cell = first[index] ?? '';
  const isName = cell.toLowerCase() === asked?.trim().toLowerCase() || parseSeedLine(cell).kind !== 'url';
  return { url: index, names: isName ? uniqueNames(first) : undefined };
}

function guessColumn(first: readonly string[]): number | undefined {
  const names = first.map((cell) => cell.toLowerCase());
  const usual = USUAL_NAMES.map((name) => names.indexOf(name)).find((index) => index !== -1);
  const index = usual ?? first.findIndex((cell) => URL_WITH_SCHEME.test(cell));
  return index === -1 ? undefined : index;
}

function namedColumn(first: readonly string[], asked: string): number | undefined {
  const exact = first.indexOf(asked);
  if (exact !== -1) return exact;
  const index = first.findIndex((cell) => cell.toLowerCase() === asked.trim().toLowerCase());
  if (index !== -1) return index;
  const number = /^\d+$/.test(asked) ? Number(asked) - 1 : -1;
  return number >= 0 && number < first.length ? number : undefined;
}

/** The names of the columns. A column without a name, or with the name of an earlier one, is named by its number. */
function uniqueNames(first: readonly string[]): string[] {
  return first.map((cell, index) => (cell === '' || first.indexOf(cell) !== index ? String(index + 1) : cell));
}

function asUsageError(error: unknown, name: string): unknown {
  const { code, message } = error as { code?: unknown; message: string };
  if (typeof code !== 'string' || !code.startsWith('CSV_')) return error;
  return new UsageError(`${name} cannot be read as a table: ${message}; --input lines reads it as a list`, { cause: error });
}
