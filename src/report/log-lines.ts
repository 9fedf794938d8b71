import { UsageError } from '../model/errors.ts';
import { readLogBytes } from '../util/log-file.ts';

/** One line of an outcome log, and its position. */
export interface LogLine {
  /** Without its line end. */
  text: string;
  /** The first line is 1. */
  number: number;
  offsetBytes: number;
  /** Without its line end. */
  lengthBytes: number;
}

/** The longest line that is read whole. Only old versions wrote longer ones. Of a longer line only the first fields are kept, to save memory. */
export const MAX_LOG_LINE_BYTES = 16 * 1_024 * 1_024;

const NEWLINE = 0x0a;
const BEGINNING_BYTES = 64 * 1_024;
/** Matches the members of an object up to the first that is an object, an array or incomplete. */
const SIMPLE_FIELDS = /^\{(?:"\w+":(?:"(?:[^"\\]|\\.)*"|[\d.eE+-]+|true|false|null),)*/;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Streams the lines of an outcome log, plain or compressed, one array for each chunk of the file, in constant memory. It skips blank lines and an incomplete last line,
 * which a crash left behind or which is being written now.
 *
 * @param endBytes where to stop reading; the end of the file by default
 * @throws UsageError if the file cannot be read, or has a line that is too long and not an outcome
 */
export async function* readLogLines(file: string, endBytes = Number.POSITIVE_INFINITY): AsyncGenerator<LogLine[]> {
  if (endBytes <= 0) return;
  let rest = NOTHING;
  let restOffsetBytes = 0;
  let number = 0;
  let tooLong: LogLine | undefined;
  for await (let chunk of readChunks(file, endBytes)) {
    if (tooLong !== undefined) {
      const end = chunk.indexOf(NEWLINE);
      tooLong.lengthBytes += end === -1 ? chunk.length : end;
      if (end === -1) continue;
      yield [tooLong];
      restOffsetBytes = tooLong.offsetBytes + tooLong.lengthBytes + 1;
      chunk = chunk.subarray(end + 1);
      tooLong = undefined;
    }
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const lines: LogLine[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE, rest.length); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      number += 1;
      if (end > start) {
        lines.push({ text: bytes.toString('utf8', start, end), number, offsetBytes: restOffsetBytes + start, lengthBytes: end - start });
      }
      start = end + 1;
    }
    rest = bytes.subarray(start);
    restOffsetBytes += start;
    if (lines.length > 0) yield lines;
    if (rest.length <= MAX_LOG_LINE_BYTES) continue;
    const text = beginningOf(rest.toString('utf8', 0, BEGINNING_BYTES));
    number += 1;
    if (text === undefined) throw new UsageError(`${file}:${number}: not an outcome log: the line is longer than 16 MiB`);
    tooLong = { text, number, offsetBytes: restOffsetBytes, lengthBytes: rest.length };
    rest = NOTHING;
  }
  const text = rest.toString();
  if (isWhole(text)) yield [{ text, number: number + 1, offsetBytes: restOffsetBytes, lengthBytes: rest.length }];
}

/** An outcome made of the simple fields at the beginning of a line that is too long; undefined if the line is not an outcome. One bad row must not make the whole report fail. */
function beginningOf(line: string): string | undefined {
  const fields = SIMPLE_FIELDS.exec(line)?.[0] ?? '';
  if (!fields.startsWith('{"schema":1,') || !fields.includes('"verdict":"')) return undefined;
  const error = { code: 'ROW_TOO_LONG', message: 'the row is longer than 16 MiB, so only its first fields are shown' };
  return `${fields.replace(/,$/, '')},"error":${JSON.stringify(error)}}`;
}

/** True if a last line without a line end is a complete record (an editor may have removed the line end). The first part of an object is never valid JSON, so parsing tells. */
function isWhole(text: string): boolean {
  if (!text.endsWith('}')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function* readChunks(file: string, endBytes: number): AsyncGenerator<Buffer> {
  try {
    yield* readLogBytes(file, endBytes);
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The error for an outcome log that cannot be read. */
export function unreadable(file: string, cause: unknown): UsageError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new UsageError(`cannot read the outcome log ${file}: ${reason}`, { cause });
}
