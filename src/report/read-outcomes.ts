import { UsageError } from '../model/errors.ts';
import { readOutcome } from '../model/lines/outcome-line.ts';
import { type PlainRow, readPlainLine } from '../model/lines/plain-line.ts';
import type { Outcome } from '../model/outcome.ts';
import { VERDICT_CLASS } from '../model/verdict.ts';
import { type LogLine, readLogLines } from './log-lines.ts';

/**
 * Streams the outcomes of a log in the order in which they were settled. An incomplete last line is skipped.
 *
 * @throws UsageError, with file and line number, at a line that is not an outcome
 */
export async function* readOutcomes(file: string, options: { endBytes?: number } = {}): AsyncGenerator<Outcome> {
  for await (const lines of readLogLines(file, options.endBytes)) {
    for (const line of lines) yield parseOutcome(file, line);
  }
}

/**
 * Calls `take` with each row of a log, in the order of the log. It is faster than `readOutcomes`, because plain lines are not parsed as JSON:
 * their rows have only the fields of `PlainRow`.
 *
 * @throws UsageError as `readOutcomes` does
 */
export async function eachRow(
  file: string,
  take: (row: PlainRow & Partial<Outcome>) => void,
  { endBytes }: { endBytes?: number } = {},
): Promise<void> {
  for await (const lines of readLogLines(file, endBytes)) {
    for (const line of lines) take(readPlainLine(line.text) ?? parseOutcome(file, line));
  }
}

/** Parses a line of the log. Keeps fields that this version does not know. Throws UsageError if the line is not an outcome. */
export function parseOutcome(file: string, line: LogLine): Outcome {
  let value: unknown;
  try {
    value = readOutcome(line.text);
  } catch (cause) {
    throw corrupt(file, line, 'not JSON', cause);
  }
  if (!isOutcome(value)) throw corrupt(file, line, 'not an outcome of schema 1');
  return value;
}

function isOutcome(value: unknown): value is Outcome {
  if (typeof value !== 'object' || value === null) return false;
  const { schema, url, verdict } = value as Partial<Outcome>;
  return schema === 1 && typeof url === 'string' && typeof verdict === 'string' && Object.hasOwn(VERDICT_CLASS, verdict);
}

function corrupt(file: string, line: LogLine, what: string, cause?: unknown): UsageError {
  const shown = line.text.length > 60 ? `${line.text.slice(0, 60)}…` : line.text;
  const message = `${file}:${line.number}: the outcome log is damaged here: ${what}: ${JSON.stringify(shown)}. Delete that line to report on the rest.`;
  return new UsageError(message, { cause });
}
