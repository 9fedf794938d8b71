import type { Entry } from '../model/entry.ts';
import type { OutcomeLine } from '../model/lines/outcome-line.ts';
import type { Outcome } from '../model/outcome.ts';

/** How an entry leaves a visit. `line`: the outcome as it is logged, if it was written already; of `outcome`, only the verdict is needed then. `unreachable`: its origin gave no answer at all. After two of these in a row it is visited by one slot at a time, until it answers. */
export type Ending =
  /** It is done. One that is external leads to nothing: it has nothing `found`. */
  | { kind: 'outcome'; outcome: Outcome; line?: OutcomeLine; found?: FoundLinks; origin?: OriginHold; unreachable?: true }
  /** Its links were wanted once more (`Entry.revisit`): its row stays the one it has. */
  | { kind: 'revisited'; found?: FoundLinks; origin?: OriginHold; unreachable?: true }
  /** It waits `afterMs`, then comes again as `entry`, which may be of another origin. `unfetched`: what came of it says nothing of its origin. */
  | { kind: 'retry'; afterMs: number; entry: Entry; origin?: OriginHold; unreachable?: true; unfetched?: true }
  /** A redirect was answered, and the next request is not made in this visit: `entry` joins the front of the backlog of `entry.origin`, which may be another. It is no retry. */
  | { kind: 'moved'; entry: Entry; unreachable?: true }
  /** It was not fetched, or the fetch was broken off: it goes back to the front of its backlog. */
  | { kind: 'back' };

/** The links of a page that are followed, or would be. */
export interface FoundLinks {
  /** Distinct, in the order of the page. `depth` is one more than that of the page's entry, which the engine corrects where it has learnt of a shorter way to the page. */
  entries: readonly Entry[];
  /** How many links were left out, by the reason. The engine adds to them what it leaves out itself: `depth`, `max-urls`, `max-urls-per-host`. */
  leftOut: Readonly<Record<string, number>>;
}

/** The origin asked for a pause: no request to it starts before then, by any worker, in any run. */
export interface OriginHold {
  holdMs: number;
}
