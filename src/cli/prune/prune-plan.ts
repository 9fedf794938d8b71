import type { RunId } from '../../model/run-id.ts';

/** What to keep. A rule that is absent removes or compresses nothing. */
export interface PruneRules {
  /** Runs that ended longer ago than this are removed. */
  keepMs?: number;
  /** The oldest runs are removed until the folders of all runs together are no larger than this. */
  keepBytes?: number;
  /** Logs of runs that ended longer ago than this are compressed. */
  compressAfterMs?: number;
}

/** A run that may be removed. */
export interface Removable {
  run: RunId;
  bytes: number;
  /** When it ended. */
  endedMs: number;
}

export type PruneReason = 'age' | 'size';

/** The runs that ended too long ago, oldest first. */
export function tooOld<Run extends Removable>(runs: readonly Run[], { keepMs }: PruneRules, nowMs: number): Run[] {
  if (keepMs === undefined) return [];
  return oldestFirst(runs).filter(({ endedMs }) => nowMs - endedMs > keepMs);
}

/** The oldest runs whose removal brings the total size within the limit. `allBytes` is the size of all folders, including those that may not be removed. */
export function tooMany<Run extends Removable>(runs: readonly Run[], { keepBytes }: PruneRules, allBytes: number): Run[] {
  if (keepBytes === undefined) return [];
  const removed: Run[] = [];
  let bytes = allBytes;
  for (const run of oldestFirst(runs)) {
    if (bytes <= keepBytes) break;
    removed.push(run);
    bytes -= run.bytes;
  }
  return removed;
}

/** The runs whose logs are old enough to be compressed. */
export function toCompress<Run extends Removable>(runs: readonly Run[], { compressAfterMs }: PruneRules, nowMs: number): Run[] {
  if (compressAfterMs === undefined) return [];
  return oldestFirst(runs).filter(({ endedMs }) => nowMs - endedMs > compressAfterMs);
}

function oldestFirst<Run extends Removable>(runs: readonly Run[]): Run[] {
  return runs.toSorted((a, b) => a.endedMs - b.endedMs || (a.run < b.run ? -1 : 1));
}
