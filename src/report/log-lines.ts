import { createReadStream } from 'node:fs';
import { UsageError } from '../core/errors.ts';

/** One line of an outcome log, and where it stands. */
export interface LogLine {
  /** Without its line end. */
  text: string;
  /** From 1. */
  number: number;
  offsetBytes: number;
  /** Without its line end. */
  lengthBytes: number;
}

/** No outcome comes near it: a file with a longer line is not an outcome log, and must not be gathered in memory. */
export const MAX_LOG_LINE_BYTES = 16 * 1_024 * 1_024;

const CHUNK_BYTES = 256 * 1_024;
const NEWLINE = 0x0a;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Streams the lines of an outcome log, as many at a time as a chunk holds, in constant memory. Blank lines are left out, and so is a torn last line:
 * a crash tore it, or it is being written now.
 *
 * @param endBytes read no further than this; without it, to the end of the file
 * @throws UsageError if the file cannot be read, or has a line that is too long for an outcome
 */
export async function* readLogLines(file: string, endBytes = Number.POSITIVE_INFINITY): AsyncGenerator<LogLine[]> {
  if (endBytes <= 0) return;
  let rest = NOTHING;
  let restOffsetBytes = 0;
  let number = 0;
  for await (const chunk of readChunks(file, endBytes)) {
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
    if (rest.length > MAX_LOG_LINE_BYTES) throw new UsageError(`${file}:${number + 1}: not an outcome log: the line is longer than 16 MiB`);
    if (lines.length > 0) yield lines;
  }
  const text = rest.toString();
  if (isWhole(text)) yield [{ text, number: number + 1, offsetBytes: restOffsetBytes, lengthBytes: rest.length }];
}

/** No beginning of an object is JSON, so a last line that is JSON lacks nothing but its line end: an editor may have taken that. */
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
    yield* createReadStream(file, { end: endBytes - 1, highWaterMark: CHUNK_BYTES });
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The error that tells a person that an outcome log cannot be read. */
export function unreadable(file: string, cause: unknown): UsageError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new UsageError(`cannot read the outcome log ${file}: ${reason}`, { cause });
}
