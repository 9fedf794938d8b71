import type { Entry } from '../model/entry.ts';
import type { RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { Trial } from '../model/unreachable-origin.ts';
import type { Ending } from './ending.ts';

/** One turn of a worker slot: entries to be fetched one after another, each settled. */
export interface Visit {
  readonly run: RunId;
  readonly options: RunOptions;
  /** Aborts when the visit was lost to another worker, or must end now: whatever is under way is to be given back. */
  readonly signal: AbortSignal;
  /** The engine's clock, against which `Entry.acceptedAtMs` was taken: steady, and the same for all workers. */
  nowMs(): number;
  /** The next entry to fetch, or undefined when the visit is over. A promise only where the engine has to wait for it: one for each URL is dear. */
  next(): Entry | undefined | Promise<Entry | undefined>;
  /** How hard to try it, as far as its origin is known. */
  trial(entry: Entry): Trial;
  /** A pause or an interval forbids a request to the origin now, as far as the engine knows here. For a further request to the origin of an entry in hand. */
  isHeld(origin: string): boolean;
  /**
   * The request for the entry has just gone out: the next one to its origin comes at least `intervalMs` later. No visit of a run with an interval gets the origin before
   * this, or before the entry is settled. May be repeated, and counts from the last time.
   */
  started(entry: Entry, intervalMs: number): void;
  /**
   * What all workers know of the origin's robots.txt, as `keepRobots` was given it; `yours`: nothing, or no more than `stale`, and the caller is to fetch it, within `ROBOTS_LEASE_MS`;
   * `theirs`: another worker does.
   */
  robots(origin: string, stale?: string): Promise<RobotsAnswer>;
  /** Tells all workers of an origin's robots.txt. */
  keepRobots(origin: string, robots: KnownRobots): Promise<void>;
  /** Each entry that `next` gave is settled once, before the following `next`. What was settled is durable at the latest when the visit has ended. */
  settle(entry: Entry, ending: Ending): void;
}

export interface WorkLimits {
  /** Visits at a time, which is requests in flight. */
  concurrency: number;
  /** Fewer than `concurrency`, while the machine has no room for more. Without it, always `concurrency`. */
  allowance?: Allowance;
  /** How long visits may go on after the stop, in milliseconds. */
  drainMs: number;
  /** The name under which this process appears in outcomes and in `status`. */
  worker: string;
  /** False: this process cannot do what the run asks of it just now, and leaves its visits to others. Never rejects. Asked before visits or about once a second while there are some, as the answer may change; without it, all are taken. Need not be asked about a cancelled run. */
  accepts?: (run: RunId, options: RunOptions) => Promise<boolean>;
}

/** How many visits may be under way just now. It changes: those that are under way go on. */
export interface Allowance {
  /** At least 1. */
  readonly visits: number;
  /** The listener is called after each change, for as long as the allowance lives. */
  onChange(listener: () => void): void;
}

/** What a worker is told of an origin's robots.txt. */
export type RobotsAnswer = { kind: 'known'; text: string } | { kind: 'yours' } | { kind: 'theirs' };

/** What is kept of an origin's robots.txt, for all runs. */
export interface KnownRobots {
  /** Opaque to the engine. */
  text: string;
  /** It is forgotten after so long, at most a day. */
  keepMs: number;
  /** Least time between the starts of requests to the origin by runs that obey robots.txt, in milliseconds: 0 for none. */
  intervalMs: number;
}

/** So long a worker has to fetch a robots.txt that it was left. Then another is. */
export const ROBOTS_LEASE_MS = 60_000;
