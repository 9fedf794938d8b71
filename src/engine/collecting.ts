import type { OutcomeLine } from '../model/lines/outcome-line.ts';

/** Who collects, and into which folder. Both are unique names, not paths. */
export interface Collector {
  id: string;
  folder: string;
}

/** How long a claim lasts without being renewed. */
// chaos: claim-lasts
export const CLAIM_MS = 10_000;

/** A collector of all runs that has been silent for so long counts as dead. */
export const COLLECTOR_TTL_MS = 5_000;

/** A position in a run's outcomes. Opaque, except that '' is the beginning. */
export type Cursor = string;

export interface OutcomeBatch {
  /** The position after this batch. */
  cursor: Cursor;
  lines: readonly OutcomeLine[];
  /** Outcomes that the run has had, with this batch. A reader who has others in number has read of an engine that lost data since. */
  total: number;
}
