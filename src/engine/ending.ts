import type { Entry } from '../model/entry.ts';
import type { OutcomeLine } from '../model/lines/outcome-line.ts';
import type { Outcome } from '../model/outcome.ts';

/**
 * How an entry leaves a visit.
 *
 * `unreachable`: the origin gave no answer at all. After two of these in a row, one slot at a time visits the origin,
 * until it answers.
 */
export type Ending =
  /**
   * The entry is done. `line` is the outcome as logged, if already written; then only the verdict of `outcome` is read.
   * External entries have no `found`.
   */
  | { kind: 'outcome'; outcome: Outcome; line?: OutcomeLine; found?: FoundLinks; origin?: OriginHold; unreachable?: true }
  /** The page was fetched again for its links (`Entry.revisit`). Its row stays as it is. */
  | { kind: 'revisited'; found?: FoundLinks; origin?: OriginHold; unreachable?: true }
  /** The entry waits `afterMs` and comes again as `entry`, perhaps for another origin. `unfetched`: it was not fetched, so this says nothing about its origin and is not counted as a retry. */
  | { kind: 'retry'; afterMs: number; entry: Entry; origin?: OriginHold; unreachable?: true; unfetched?: true }
  /** A redirect whose next request is not made in this visit: `entry` goes to the front of the backlog of its origin. It is not a retry. */
  | { kind: 'moved'; entry: Entry; unreachable?: true }
  /** The entry was not fetched, or the fetch was aborted: it goes back to the front of its backlog. */
  | { kind: 'back' };

/** The links of a page that are followed, and how many are not. */
export interface FoundLinks {
  /**
   * Distinct, in the order of the page. `depth` is one more than that of the page's entry; the engine corrects it if it
   * has learnt of a shorter way to the page.
   */
  entries: readonly Entry[];
  /** How many links were left out, by reason. The engine adds those that it leaves out: `depth`, `max-urls`, `max-urls-per-host`. */
  leftOut: Readonly<Record<string, number>>;
}

/** The origin asked for a pause: no worker starts a request to it for this long, in any run. */
export interface OriginHold {
  holdMs: number;
}
