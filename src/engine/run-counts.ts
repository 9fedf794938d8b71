/**
 * The books of a run. `submitted = rowsFromSeeds + duplicates` when it has ended; `settled = ok + failed + skipped`.
 */
export interface RunCounts {
  state: 'open' | 'paused' | 'cancelled';
  /** Lines that were neither blank nor a comment. */
  submitted: number;
  /** Lines whose URL had been submitted before. */
  duplicates: number;
  /** Lines that became entries, or an `invalid-url` outcome at once. */
  accepted: number;
  /** Links found on pages that became entries. */
  discovered: number;
  /** Entries with an outcome. */
  settled: number;
  ok: number;
  failed: number;
  skipped: number;
  /** Links that were left out, by the reason. */
  leftOut: Readonly<Record<string, number>>;
  /** Attempts that were retried. */
  retries: number;
  /** Entries in a visit now. */
  inFlight: number;
  /** Outcomes that the collector has not released. */
  unreleased: number;
  batches: number;
  /** The number of batches that `seal` gave; absent until then. */
  sealedAt?: number;
  /** Sealed, all batches in, every entry settled. */
  ended: boolean;
}

export type RunState = 'open' | 'running' | 'ended' | 'paused' | 'cancelled';

/** The state as it is shown: `open` takes batches, `running` is sealed, `ended` has an outcome for every URL. */
export function runState(counts: RunCounts): RunState {
  if (counts.ended) return counts.state === 'cancelled' ? 'cancelled' : 'ended';
  if (counts.state !== 'open') return counts.state;
  return counts.sealedAt === undefined ? 'open' : 'running';
}
