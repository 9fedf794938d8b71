/** The books of a run. `settled = ok + failed + skipped` always; `submitted = rows from seeds + duplicates` once it has ended. */
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
  /** Links that were not followed, by reason. */
  leftOut: Readonly<Record<string, number>>;
  /** Attempts that were followed by another one. */
  retries: number;
  /** Entries in a visit now. */
  inFlight: number;
  /** Outcomes that the collector has not released. */
  unreleased: number;
  /** Batches that were submitted. */
  batches: number;
  /** The number of batches of the sealed run. Absent until it is sealed. */
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
