import type { Writable } from 'node:stream';
import { UsageError } from '../model/errors.ts';
import { type PlainRow, readPlainLine } from '../model/lines/plain-line.ts';
import type { ReportFormat } from '../model/report-formats.ts';
import type { RunSummary } from '../model/run-summary.ts';
import { logEndBytes } from '../util/log-file.ts';
import type { Baseline, Comparison, Marked } from './baseline.ts';
import { type Digest, Digester } from './digest.ts';
import { csvFormat } from './formats/csv.ts';
import { githubFormat } from './formats/github.ts';
import { htmlPage } from './formats/html/page.ts';
import { jsonFormat } from './formats/json.ts';
import { junitFormat } from './formats/junit.ts';
import { markdownReport } from './formats/markdown.ts';
import { type Terminal, tableFormat } from './formats/table.ts';
import { readLogLinesInInputOrder } from './input-order.ts';
import type { LinkFindings } from './links/link-findings.ts';
import { linkNotes } from './links/link-notes.ts';
import { readLogLines, unreadable } from './log-lines.ts';
import { withMark } from './marked-line.ts';
import { eachRow, parseOutcome } from './read-outcomes.ts';
import type { Result } from './result.ts';
import type { RowFormat } from './row-format.ts';
import { type Measure, RowMeasure } from './row-measure.ts';
import { escapedForTerminal } from './shown-text.ts';
import { baselineNotes, type Figures } from './tally/tally.ts';

/** Rows are passed on in pieces of about this size, in UTF-16 code units. */
const PIECE_CHARS = 64 * 1_024;

/** `completion`: as rows were settled, in one pass. `input`: by source, then by line; discovered URLs last, by depth. */
type RowOrder = 'completion' | 'input';

export interface ReportInput {
  summary: RunSummary;
  /** The outcome log. */
  file: string;
  /** The report covers the log up to this offset; by default, up to the end of the log at the time the report begins. */
  endBytes?: number;
  order: RowOrder;
  /** The terminal that the report goes to. The table is cut to its width. Absent for a file or a pipe. */
  terminal?: Terminal;
  /** Show every row of the table on a terminal, however many there are. */
  everyRow?: boolean;
  /** Colour the table. */
  color?: boolean;
  /** Findings about the run's links. */
  findings?: LinkFindings;
  /** The result of `--reduce`. */
  result?: Result;
  /** The failures of an earlier run, with which the rows are compared and marked. */
  baseline?: Baseline;
  /** The measure of all rows of the log, taken while they were written. Without it, the log is read for it. Not used with a baseline. */
  measured?: RowMeasure;
}

/**
 * Renders a report from a run's log, in memory that does not grow with the number of rows (except 24 bytes a row with `order: 'input'`).
 * Resolves when `out` has passed on the last piece. Does not end `out`.
 *
 * @throws UsageError if the log cannot be read or is damaged, or if the format is `result` and there is no result; the stream's own error, such as `EPIPE`, if writing fails
 */
export async function renderReport(format: ReportFormat, input: ReportInput, out: Writable): Promise<void> {
  if (format === 'result') {
    if (input.result === undefined) throw new UsageError('there is no result: -f result needs --reduce FILE');
    await writePieces(shownOn(input, format, [input.result.text]), out);
    return;
  }
  // Formats that read the log twice must see the same rows in both passes, even while the log grows.
  const endBytes = input.endBytes ?? (await endOf(input.file));
  const log = { ...input, endBytes };
  const pieces = format === 'html' || format === 'markdown' ? whole(format, log) : rowByRow(await openFormat(format, log), log);
  await writePieces(shownOn(input, format, pieces), out);
}

/** The pieces as they are written. Formats for programs stay byte for byte in a file or a pipe; on a terminal their control characters are escaped. The table escapes them itself. */
async function* shownOn(
  { terminal }: ReportInput,
  format: ReportFormat,
  pieces: AsyncIterable<string> | Iterable<string>,
): AsyncGenerator<string> {
  const isEscaped = terminal !== undefined && format !== 'table';
  for await (const piece of pieces) yield isEscaped ? escapedForTerminal(piece) : piece;
}

type Log = ReportInput & { endBytes: number };

/** Formats that are not a sequence of rows. */
type WholeFormat = 'html' | 'markdown';

async function openFormat(format: Exclude<ReportFormat, WholeFormat | 'result'>, log: Log): Promise<RowFormat> {
  switch (format) {
    case 'ndjson':
      return ndjsonFormat;
    case 'csv':
      return csvFormat;
    case 'json':
      return jsonFormat(log.summary, (await measureOf(log)).figures, log.findings, log.result);
    case 'junit':
      return junitFormat(log.summary, (await measureOf(log)).figures, log.findings);
    case 'github':
      return githubFormat(log.summary, (await measureOf(log)).figures, log.findings);
    case 'table': {
      const measure = await measureOf(log);
      const notes = [...baselineNotes(measure.figures), ...linkNotes(log.summary.books, log.findings?.fragments)];
      return tableFormat(measure, log.terminal, { ...log, notes, followed: log.summary.books.discovered > 0 });
    }
  }
}

async function measureOf({ file, endBytes, baseline, measured }: Log): Promise<Measure> {
  if (measured !== undefined && baseline === undefined) return measured.result();
  const measure = new RowMeasure();
  const comparison = baseline?.compare();
  await eachRow(file, (row) => measure.add(marked(row, comparison)), { endBytes });
  const { figures, widths } = measure.result();
  return { figures: withBaseline(figures, comparison), widths };
}

function marked<Row extends PlainRow>(row: Row, comparison: Comparison | undefined): Marked<Row> {
  return comparison === undefined ? row : comparison.mark(row);
}

function withBaseline(figures: Figures, comparison: Comparison | undefined): Figures {
  return comparison === undefined ? figures : { ...figures, baseline: comparison.figures() };
}

async function* whole(format: WholeFormat, log: Log): AsyncGenerator<string> {
  const digest = await digestOf(log);
  if (format === 'html') yield* htmlPage(log.summary, digest, log.findings, log.result);
  else yield markdownReport(log.summary, digest, log.findings, log.result);
}

async function digestOf(log: Log): Promise<Digest> {
  const digester = new Digester();
  const comparison = log.baseline?.compare();
  for await (const lines of rowsOf(log)) {
    for (const line of lines) digester.add(marked(parseOutcome(log.file, line), comparison));
  }
  const digest = digester.result();
  return { ...digest, figures: withBaseline(digest.figures, comparison) };
}

/** Passes on many rows as one piece, because passing on a single row would cost more than rendering it. */
async function* rowByRow(format: RowFormat, log: Log): AsyncGenerator<string> {
  yield format.head;
  const comparison = log.baseline?.compare();
  let index = 0;
  for await (const lines of format.showsNoRow ? [] : rowsOf(log)) {
    let piece = '';
    for (const line of lines) {
      const plain = format.plainRow && readPlainLine(line.text);
      piece += plain
        ? format.plainRow?.(marked(plain, comparison), line.text, index)
        : format.row(marked(parseOutcome(log.file, line), comparison), line.text, index);
      index += 1;
      if (piece.length < PIECE_CHARS) continue;
      yield piece;
      piece = '';
    }
    yield piece;
  }
  yield format.foot;
}

function rowsOf({ file, endBytes, order, summary }: Log) {
  return order === 'input' ? readLogLinesInInputOrder(file, summary.sources ?? [], endBytes) : readLogLines(file, endBytes);
}

async function endOf(file: string): Promise<number> {
  try {
    return await logEndBytes(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The lines of the log, byte for byte, one outcome record each. With a baseline, marked rows have one more field. */
export const ndjsonFormat: RowFormat = {
  head: '',
  row: (outcome, line) => `${withMark(line, outcome)}\n`,
  plainRow: (row, line) => `${withMark(line, row)}\n`,
  foot: '',
};

const WRITE_BYTES = 64 * 1_024;

/**
 * Writes the pieces in order, about 64 KB at a time, with backpressure. Resolves when the stream has passed on the last piece. Does not end the stream.
 * Rejects with the stream's error (such as `EPIPE`), or if the stream is closed before.
 */
export async function writePieces(pieces: AsyncIterable<string> | Iterable<string>, out: Writable): Promise<void> {
  // A stream emits its error after it has failed the write. Without a listener, that event would end the process.
  const ignore = () => {};
  out.on('error', ignore);
  let text = '';
  for await (const piece of pieces) {
    text += piece;
    if (text.length < WRITE_BYTES) continue;
    await write(out, text);
    text = '';
  }
  if (text !== '') await write(out, text);
  out.off('error', ignore);
}

function write(out: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error('the output was closed before the report was written'));
    out.once('close', onClose);
    out.write(text, (error) => {
      out.off('close', onClose);
      if (error) reject(error);
      else resolve();
    });
  });
}
