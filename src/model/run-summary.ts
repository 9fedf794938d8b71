import type { RunId } from './run-id.ts';

/** What a run came to, as its folder's `run.json` and every report carry it. */
export interface RunSummary {
  run: RunId;
  /** `ended`: every URL has its outcome. `stopped`: it was interrupted and can be continued. */
  state: 'ended' | 'stopped' | 'running';
  /** ISO 8601 in UTC. */
  startedAt: string;
  /** ISO 8601 in UTC; absent while it runs. */
  endedAt?: string;
  books: Books;
  /** Names of the sources in the order in which they were given. */
  sources?: string[];
  /** The schedule that started the run. */
  schedule?: string;
  /** The run that the schedule started before this one. */
  previous?: RunId;
  /** What `--reduce` made of the run, where its collector was given one. */
  result?: unknown;
}

/** `submitted + discovered = rows + duplicates` and `rows = ok + failed + skipped` when the run has ended. */
export interface Books {
  /** Lines that were neither blank nor a comment. */
  submitted: number;
  /** Lines whose URL had been submitted before. */
  duplicates: number;
  /** Lines that became entries, or an `invalid-url` row at once. */
  accepted: number;
  /** Links found on pages that became entries. */
  discovered: number;
  /** Outcomes in the log. */
  rows: number;
  ok: number;
  failed: number;
  skipped: number;
  balanced: boolean;
  /** Links that were not followed, by the reason; absent if there are none. */
  leftOut?: Readonly<Record<string, number>>;
}
