import { Readable } from 'node:stream';
import { UsageError } from '../../model/errors.ts';
import { MAX_RECORD_CHARS } from '../../model/lines/record-line.ts';
import { parseSeedLine } from '../../model/lines/seed-line.ts';
import { quote } from '../../model/parsed.ts';
import { checkedBytes } from './list.ts';

interface CsvReading {
  /** Between cells; undefined: the one of `,` `;` tab and `|` that the first row has most. */
  delimiter: string | undefined;
  /** The name of the column that holds the URL, or its number from 1. */
  urlColumn: string | undefined;
}

/** What such a column is mostly called, the likeliest first. */
const USUAL_NAMES = ['url', 'uri', 'link', 'href', 'website', 'site', 'address'];
const URL_WITH_SCHEME = /^\s*https?:\/\//i;
const CHUNK_LINES = 500;

/** The likeliest first. */
const DELIMITERS = [',', ';', '\t', '|'];

const NAMED_DELIMITER = /^(?:\xef\xbb\xbf)?"?sep=([^"\r\n\w])"?[ \t]*\n/i;
/** That line as a row. */
const DELIMITER_ROW = /^sep=\W?$/i;

const MOST_SHOWN = 12;
const CR = 0x0d;
const LF = 0x0a;

/** Which of a table's columns holds the URL, and what they are called, where its first row says that. */
interface Columns {
  url: number;
  names: readonly string[] | undefined;
}

interface Row {
  record: string[];
  info: { lines: number };
}

/**
 * Reads a table (RFC 4180) as records, one JSON object a line: the URL, and under `meta` the other columns by their names. The first row names the columns, unless it has a URL itself: then they
 * are called by their numbers. Each record has the number of the line on which its row begins; rows that are empty are blank lines. Rejects with UsageError where no column can be
 * told to hold the URLs, and where the text is no such table.
 */
export async function* csvRecords(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
  { delimiter: asked, urlColumn }: CsvReading,
): AsyncGenerator<string[], void, undefined> {
  const { head, all } = await withHead(withLineFeeds(checkedBytes(bytes, name)));
  const delimiter = asked ?? usualDelimiter(head);
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
      // A row before it had line breaks inside.
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

/** The bytes again, and the beginning of them that holds the first row, or as much of it as a record may have. */
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

/** Spreadsheets write semicolons where the comma is the decimal mark. Excel names the delimiter in a line before the table. */
function usualDelimiter(head: string): string {
  const named = NAMED_DELIMITER.exec(head)?.[1];
  if (named !== undefined) return named;
  // What stands in quotes separates nothing.
  const [firstRow = ''] = head
    .replace(/"[^"]*"/g, '')
    .trimStart()
    .split('\n', 1);
  const counts = DELIMITERS.map((delimiter) => firstRow.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] as string;
}

/** Each line end as LF: the parser takes the first that it meets for that of all rows, and counts a CRLF within a cell twice. */
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
  const index = asked === undefined ? usualColumn(first) : namedColumn(first, asked);
  if (index === undefined) {
    const problem = asked === undefined ? `which column of ${name} holds the URL?` : `${name} has no column ${quote(asked)}:`;
    const names = first.slice(0, MOST_SHOWN).map(quote).join(', ');
    throw new UsageError(
      `${problem} its first row has ${names}${first.length > MOST_SHOWN ? ' …' : ''}; give --url-column NAME, or its number`,
    );
  }
  const cell = first[index] ?? '';
  const isName = cell.toLowerCase() === asked?.trim().toLowerCase() || parseSeedLine(cell).kind !== 'url';
  return { url: index, names: isName ? uniqueNames(first) : undefined };
}

function usualColumn(first: readonly string[]): number | undefined {
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

/** Of two columns with one name, and of one without, the number is the name. */
function uniqueNames(first: readonly string[]): string[] {
  return first.map((cell, index) => (cell === '' || first.indexOf(cell) !== index ? String(index + 1) : cell));
}

function asUsageError(error: unknown, name: string): unknown {
  const { code, message } = error as { code?: unknown; message: string };
  if (typeof code !== 'string' || !code.startsWith('CSV_')) return error;
  return new UsageError(`${name} cannot be read as a table: ${message}; --input lines reads it as a list`, { cause: error });
}
