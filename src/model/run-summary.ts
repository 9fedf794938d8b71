import type { RunId } from './run-id.ts';

/** The result of a run, as in `run.json` of its folder and in every report. */
export interface RunSummary {
  run: RunId;
  /** `ended`: every URL has its outcome. `stopped`: it was interrupted and can be continued. */
  state: 'ended' | 'stopped' | 'running';
  /** ISO 8601 in UTC. */
  startedAt: string;
  /** ISO 8601 in UTC. Absent while the run is not finished. */
  endedAt?: string;
  books: Books;
  /** Names of the sources, in the order of the command line. */
  sources?: string[];
  /** The schedule that started the run. */
  schedule?: string;
  /** The run that the schedule started before this one. */
  previous?: RunId;
  /** The result of `--reduce`, if the collector was given one. */
  result?: unknown;
}

/** `submitted + discovered = rows + duplicates` and `rows = ok + failed + skipped` when the run has ended. */
export interface Books {
  /** Lines that are neither blank nor comments. */
  submitted: number;
  /** Lines whose URL was submitted before. */
  duplicates: number;
  /** Lines that became entries, or were recorded as `invalid-url` at once. */
  accepted: number;
  /** Links on pages that became entries. */
  discovered: number;
  /** Outcomes in the log. */
  rows: number;
  ok: number;
  failed: number;
  skipped: number;
  balanced: boolean;
  /** Number of links that were not followed, by reason. Absent if there are none. */
  leftOut?: Readonly<Record<string, number>>;
}
