import type { OutcomeLine } from '../model/lines/outcome-line.ts';

/** A collector and the folder of its logs. Both are unique names, not paths. */
export interface Collector {
  id: string;
  folder: string;
}

/** How long a claim lasts unless it is renewed. */
// chaos: claim-lasts
export const CLAIM_MS = 10_000;

/** After this long without a report, a collector of all runs counts as dead. */
export const COLLECTOR_TTL_MS = 5_000;

/** A position in a run's outcomes: '' is the beginning, all other values are opaque. */
export type Cursor = string;

export interface OutcomeBatch {
  /** The position after this batch. */
  cursor: Cursor;
  lines: readonly OutcomeLine[];
  /** How many outcomes the run has had, including this batch. If a reader has another number, the engine has lost data. */
  total: number;
}
