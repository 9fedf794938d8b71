import type { Entry } from '../model/entry.ts';
import type { RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { Trial } from '../model/unreachable-origin.ts';
import type { Ending } from './ending.ts';

/** One turn of a worker slot: entries that are fetched one after another, each settled. */
export interface Visit {
  readonly run: RunId;
  readonly options: RunOptions;
  /** The number of the ticket that is visited. Absent in memory, and in a process that the visit was lent to. */
  readonly ticket?: number;
  /** Aborts when another worker has the visit, or when it must end now. The visitor then gives back what it has. */
  readonly signal: AbortSignal;
  /** The clock of `Entry.acceptedAtMs`: steady, and the same for all workers. */
  nowMs(): number;
  /**
   * The next entry to fetch, or undefined when the visit is over. A promise only if the engine has to wait: one for each
   * URL would be costly.
   */
  next(): Entry | undefined | Promise<Entry | undefined>;
  /**
   * Takes up to `most` entries that may be fetched after the current one without asking the engine in between, for a
   * visitor in another process. They are settled in this order, and `next` is called when none of them is left. None if
   * the engine must be asked before each entry: the origin has an interval, asked for a pause or does not answer, or few
   * of its entries are left. Absent on Redis, and in a process that the visit was lent to.
   */
  reserve?(most: number): readonly Entry[];
  /** Gives back the last `count` of the reserved entries. */
  unreserve?(count: number): void;
  /** How much effort the entry is worth, from what is known of its origin. */
  trial(entry: Entry): Trial;
  /** True if a pause or an interval, as far as this process knows, forbids another request to the origin of the current entry now. */
  isHeld(origin: string): boolean;
  /**
   * The request for the entry has just gone out. The next one to its origin starts at least `intervalMs` later. In a run
   * with an interval, no other visit gets the origin before this call or before the entry is settled. May be repeated;
   * the last call counts.
   */
  started(entry: Entry, intervalMs: number): void;
  /**
   * What all workers know about the origin's robots.txt. With `stale`, that text does not count as known. After `yours`
   * the caller has `ROBOTS_LEASE_MS` to fetch it and call `keepRobots`.
   */
  robots(origin: string, stale?: string): Promise<RobotsAnswer>;
  /** Shares an origin's robots.txt with all workers. */
  keepRobots(origin: string, robots: KnownRobots): Promise<void>;
  /** Settles an entry from `next`, once, before the following `next`. It is durable when the visit has ended, or earlier. */
  settle(entry: Entry, ending: Ending): void;
}

export interface WorkLimits {
  /** The most visits at a time. A visit has one request in flight. */
  concurrency: number;
  /** Lowers `concurrency` while the machine has no room for more. */
  allowance?: Allowance;
  /** How long visits may continue after the stop, in milliseconds. */
  drainMs: number;
  /** The name of this process in outcomes and in `trawl status`. */
  worker: string;
  /**
   * False if this process cannot serve the run now, for example because it lacks the map module; other processes then
   * get its visits. Asked again about once a second, because the answer may change, but not for cancelled runs. Never
   * rejects. Without it, this process takes all runs.
   */
  accepts?: (run: RunId, options: RunOptions) => Promise<boolean>;
}

/** How many visits may run at a time now. If it falls, visits that have begun continue. */
export interface Allowance {
  /** At least 1. */
  readonly visits: number;
  /** Calls the listener after each change, as long as the allowance lives. */
  onChange(listener: () => void): void;
}

/** `theirs`: another worker is fetching it. */
export type RobotsAnswer = { kind: 'known'; text: string } | { kind: 'yours' } | { kind: 'theirs' };

/** How long one worker has to fetch a robots.txt, before another one is asked to. */
export const ROBOTS_LEASE_MS = 60_000;

/** What is shared about an origin's robots.txt, for all runs. */
export interface KnownRobots {
  /** Opaque to the engine. */
  text: string;
  /** Kept for this long, at most a day. */
  keepMs: number;
  /** Least time between the starts of two requests to the origin, for runs that obey robots.txt, in milliseconds; 0 for none. */
  intervalMs: number;
}
