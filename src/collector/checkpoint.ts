import { readFile } from 'node:fs/promises';
import type { Cursor } from '../engine/collecting.ts';
import { UsageError } from '../model/errors.ts';
import { bookedAs, type OutcomeLine } from '../model/lines/outcome-line.ts';
import { duringShortage } from '../model/shortage.ts';

/** Counts of the rows of a log. */
export interface LogTally {
  rows: number;
  /** Rows of lines of a source, as opposed to links. */
  seedRows: number;
  ok: number;
  failed: number;
  skipped: number;
}

/** A position up to which the log is complete and durable: its length in bytes, the counts, and the engine's cursor. */
export interface Checkpoint extends LogTally {
  cursor: Cursor;
  bytes: number;
}

export const EMPTY_CHECKPOINT: Checkpoint = { cursor: '', bytes: 0, rows: 0, seedRows: 0, ok: 0, failed: 0, skipped: 0 };

/** Returns the tally plus further outcomes. */
export function addToTally(tally: LogTally, lines: readonly OutcomeLine[]): LogTally {
  const sum = { rows: tally.rows, seedRows: tally.seedRows, ok: tally.ok, failed: tally.failed, skipped: tally.skipped };
  for (const line of lines) {
    const booked = bookedAs(line);
    sum.rows++;
    if (booked.fromSeed) sum.seedRows++;
    sum[booked.class]++;
  }
  return sum;
}

export function formatCheckpoint(checkpoint: Checkpoint): string {
  return `${JSON.stringify({ schema: 1, ...checkpoint })}\n`;
}

/**
 * Reads the checkpoint from the file; undefined if there is no such file. Rejects with UsageError if the file is
 * damaged: starting anew instead would lose rows that the engine has forgotten.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  let text: string;
  try {
    text = await duringShortage(() => readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
  const checkpoint = parseCheckpoint(text);
  if (checkpoint === undefined) throw new UsageError(`${path} is damaged: restore it from a backup, or remove the folder and crawl again`);
  return checkpoint;
}

function parseCheckpoint(text: string): Checkpoint | undefined {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (value?.schema !== 1 || typeof value.cursor !== 'string') return undefined;
  const checkpoint = { ...EMPTY_CHECKPOINT, cursor: value.cursor };
  for (const field of ['bytes', 'rows', 'seedRows', 'ok', 'failed', 'skipped'] as const) {
    const count = value[field];
    if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) return undefined;
    checkpoint[field] = count;
  }
  return checkpoint;
}
