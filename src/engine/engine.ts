import type { Entry } from '../model/entry.ts';
import type { OutcomeLine } from '../model/lines/outcome-line.ts';
import type { LineFormat } from '../model/lines/parse-line.ts';
import type { Outcome } from '../model/outcome.ts';
import type { RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { Trial } from '../model/unreachable-origin.ts';
import type { Verdict } from '../model/verdict.ts';
import type { LoggedRows } from './rules/logged-rows.ts';

/**
 * THE SEAM. A frontier, a scheduler of visits and an outcome log behind one interface, with two implementations:
 * `memory` (one process, nothing installed) and `redis` (BullMQ, any number of processes).
 * `test/contracts/engine.contract.ts` is the definition of correct.
 */
export interface Engine {
  /** The run exists and takes batches. Repeating it with the same id changes nothing; without an id, each call opens a new run. */
  openRun(options: RunOptions, id?: RunId): Promise<RunId>;

  /** The batch will be counted exactly once, however often it is submitted; waits while the frontier is full. Rejects with ConflictError if the number was used with other lines. A batch that comes after the run was cancelled is ignored: its producer need not know. */
  submit(run: RunId, batch: Batch): Promise<void>;

  /** No batch beyond the first `batches` will come; without a number, none beyond those that were submitted. May be repeated; rejects with ConflictError for another number. */
  seal(run: RunId, batches?: number): Promise<void>;

  /** What this process submitted and sealed would survive a crash of the machine that the engine's data is on. On Redis that takes two seconds, in which what it forgets is given again. */
  confirm(): Promise<void>;

  /** These have a row in the run's log, of which the engine knows nothing (it is new, or lost data): they count as settled, and are not fetched, unless their page leads on, and is not met as external: then it is revisited for its links. May be repeated. Lines that are no URL get a row again. */
  restore(run: RunId, rows: LoggedRows): Promise<void>;

  /** No further entry of the run is started until `resume`. May be repeated, as may the next three. */
  pause(run: RunId): Promise<void>;

  /** A paused run goes on. */
  resume(run: RunId): Promise<void>;

  /** The run is sealed, and every entry that is not being fetched gets the outcome `cancelled`. There is no way back. */
  cancel(run: RunId): Promise<void>;

  /** Nothing of the run is left in the engine; visits of it are lost. What a collector wrote stays. */
  remove(run: RunId): Promise<void>;

  /**
   * Gives visits of all runs to `visitor`, at most `limits.concurrency` at a time, until `signal` aborts. Then no new visit starts, visits get
   * no further entries, and it resolves once the last one ended; after `limits.drainMs` those still going on see their `signal` abort.
   */
  work(visitor: (visit: Visit) => Promise<void>, limits: WorkLimits, signal: AbortSignal): Promise<void>;

  /**
   * The caller is the run's one collector for the next `CLAIM_MS`; call it with `renew` to stay. Tells whether anyone collected the run before, into the same folder. Rejects with RunClaimedError while another collector has it, if the run's
   * log lives in another folder, and to renew, also long after the claim lapsed, if another collector had it in between: outcomes that the caller has not read may be gone.
   */
  claim(run: RunId, collector: Collector, as?: 'fresh' | 'renew'): Promise<'first' | 'again'>;

  /** The caller collects the run no longer: another collector may claim it at once. Without effect if the claim was lost. May be repeated. */
  leave(run: RunId, collector: Collector): Promise<void>;

  /** Outcomes after `from` in settle order, the same every time; ends when the run has ended and its last outcome was given. Cursor '' is the beginning. */
  outcomes(run: RunId, from: Cursor, signal: AbortSignal): AsyncIterable<OutcomeBatch>;

  /** The collector has everything up to the cursor on disk, and the engine may forget it. May be repeated. Rejects with RunClaimedError if the claim was lost. */
  release(run: RunId, upTo: Cursor, collector: Collector): Promise<void>;

  /** Where the run stands. Rejects with UnknownRunError. */
  counts(run: RunId): Promise<RunCounts>;

  /** What waits of the run takes at least so long, in milliseconds, because of its interval: 0 without one. On Redis a look at a thousand origins decides. */
  leastMs(run: RunId): Promise<number>;

  /** Origins that get fewer requests than runs allow, of all runs: they asked for patience, or do not answer. */
  throttled(): Promise<ThrottledOrigin[]>;

  /** Processes that work on this engine now, as far as is known. On Redis one that was killed counts for five seconds more. */
  workers(): Promise<number>;

  /** The part of a run's work that no worker has taken yet. Zeros for a run that is unknown. */
  backlog(run: RunId): Promise<Backlog>;

  /** The workers, the collectors and the state of the engine's store, for operators. */
  facts(): Promise<EngineFacts>;

  /** Up to `most` origins of the run with entries that wait, those with the most entries first. On Redis, out of a few hundred that are looked at. For operators: not cheap. */
  waitingOrigins(run: RunId, most: number): Promise<WaitingOrigin[]>;

  /** For each of the runs the id of the collector that holds its claim now, or undefined. */
  collectors(runs: readonly RunId[]): Promise<Array<string | undefined>>;

  /** How many runs there are, and the ids of the newest, newest first: it costs the same for any number of runs. */
  newestRuns(most: number): Promise<{ total: number; newest: RunId[] }>;

  /** What the run was opened with. Rejects with UnknownRunError. */
  options(run: RunId): Promise<RunOptions>;

  /**
   * Yields at once, then every `everyMs` milliseconds without drift, until `signal` aborts; those that fell due while the caller was busy are one. On Redis it is a job scheduler of this
   * name, which no two callers may share; it is gone when the iteration has ended.
   */
  ticks(name: string, everyMs: number, signal: AbortSignal): AsyncIterable<void>;

  /**
   * Names of ticks that a process left behind when it was killed: no process waits for them, and the next one is overdue for more than `overdueMs` milliseconds. None in memory. On
   * Redis this looks at all keys, so do not call it often.
   */
  deadTicks(overdueMs: number): Promise<string[]>;

  /** Removes what is left of ticks. May be repeated. If a process waits for them after all, they begin again. */
  removeTicks(name: string): Promise<void>;

  /** Runs that this engine knows, oldest first. */
  runs(): Promise<RunId[]>;

  /** Those of the runs that a collector has something to do for: first those with outcomes that were not released, then those without that have ended. With `by`, the id of a collector, runs that another one has claimed are left out. */
  uncollected(runs: readonly RunId[], by?: string): Promise<RunId[]>;

  /** A collector of all runs reports that it is alive, and how many runs it has; without a number, that it leaves. Gives the number of live ones. */
  attend(collector: string, runs?: number): Promise<number>;

  /** Everything it opened is closed. May be repeated. */
  close(): Promise<void>;
}

/** How long a claim lasts without being renewed. */
// chaos: claim-lasts
export const CLAIM_MS = 10_000;

/** A collector of all runs that has been silent for so long counts as dead. */
export const COLLECTOR_TTL_MS = 5_000;

/** Lines of a source, numbered. A batch is identified by its number, a line by its source and number. */
export interface Batch {
  /** From 0, without gaps. */
  number: number;
  /** The line number of `lines[0]`, from 1. */
  firstLine: number;
  /** As they stand in the source, without line ends; at most 1,000. Blank lines and comments are ignored, but numbered. */
  lines: readonly string[];
  /** The source's name, where a run has several. */
  source?: string;
  /** What a line is: see `LineFormat`. Lines that are `links` say themselves where they stand. */
  format?: LineFormat;
  /** The operator named this host; lines of others came from there, and do not reach private addresses. Without it, the operator named them all. */
  namedHost?: string;
  /** `line`: each line is an entry of its own; otherwise one whose URL came before is a duplicate. */
  identity?: 'line';
}

/** How many visits may be under way just now. It changes: those that are under way go on. */
export interface Allowance {
  /** At least 1. */
  readonly visits: number;
  /** The listener is called after each change, for as long as the allowance lives. */
  onChange(listener: () => void): void;
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

/** What a worker is told of an origin's robots.txt. */
export type RobotsAnswer = { kind: 'known'; text: string } | { kind: 'yours' } | { kind: 'theirs' };

/** So long a worker has to fetch a robots.txt that it was left. Then another is. */
export const ROBOTS_LEASE_MS = 60_000;

/** What is kept of an origin's robots.txt, for all runs. */
export interface KnownRobots {
  /** Opaque to the engine. */
  text: string;
  /** It is forgotten after so long, at most a day. */
  keepMs: number;
  /** Least time between the starts of requests to the origin by runs that obey robots.txt, in milliseconds: 0 for none. */
  intervalMs: number;
}

/** The links of a page that are followed, or would be. */
export interface FoundLinks {
  /** Distinct, in the order of the page. `depth` is one more than that of the page's entry, which the engine corrects where it has learnt of a shorter way to the page. */
  entries: readonly Entry[];
  /** How many links were left out, by the reason. The engine adds to them what it leaves out itself: `depth`, `max-urls`, `max-urls-per-host`. */
  leftOut: Readonly<Record<string, number>>;
}

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

/** The origin asked for a pause: no request to it starts before then, by any worker, in any run. */
export interface OriginHold {
  holdMs: number;
}

/** A position in a run's outcomes. Opaque, except that '' is the beginning. */
export type Cursor = string;

export interface OutcomeBatch {
  /** The position after this batch. */
  cursor: Cursor;
  lines: readonly OutcomeLine[];
  /** Outcomes that the run has had, with this batch. A reader who has others in number has read of an engine that lost data since. */
  total: number;
}

/** Who collects, and into which folder. Both are unique names, not paths. */
export interface Collector {
  id: string;
  folder: string;
}

/** An origin that gets fewer requests than runs allow. */
export interface ThrottledOrigin {
  origin: string;
  /** Requests in flight to it, at most, in the whole cluster. */
  concurrency: number;
  /** It asked for none to start for so long, in milliseconds. */
  holdMs: number;
  /** Fetches in a row that it left without an answer. */
  misses: number;
  /** Answers in a row that asked for a pause. */
  asks: number;
}

/** Work of a run that no worker has taken yet, besides the waiting entries that `RunCounts` give. */
export interface Backlog {
  /** Origins that a worker could visit now. On Redis, entries of origins with few entries count as one origin each. */
  readyOrigins: number;
  /** Batches that were submitted and are not in the frontier yet. */
  queuedBatches: number;
}

/** A process that works on the engine. */
export interface LiveWorker {
  name: string;
  /** Visits at a time. */
  slots: number;
  /** How long ago it last reported, in milliseconds. Workers report once a second. Absent for an engine in memory. */
  seenMsAgo?: number;
  /** What it reported. Absent for an engine in memory, and until the first report. */
  activity?: WorkerActivity;
}

/** What a worker has done lately. */
export interface WorkerActivity {
  /** Slots with a visit under way. */
  busy: number;
  /** Outcomes of the last minute by latency: one count for each of LATENCY_BOUNDS_MS, and one for those above the last. */
  latency: readonly number[];
  /** The last few URLs that failed, oldest first. */
  failures: readonly RecentFailure[];
}

/** Upper bounds of the ranges of `WorkerActivity.latency`, in milliseconds. */
export const LATENCY_BOUNDS_MS: readonly number[] = [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

/** A URL that failed. Long texts are cut. */
export interface RecentFailure {
  run: RunId;
  url: string;
  verdict: Verdict;
  status?: number;
  /** The message of the error, if there was one. */
  reason?: string;
  /** ISO 8601 in UTC. */
  at: string;
}

/** An origin of a run with entries that wait. */
export interface WaitingOrigin {
  origin: string;
  /** Entries that wait. */
  waiting: number;
  /** A visit may start after this time, in milliseconds; 0: at once. */
  readyInMs: number;
  /** All its lanes are taken: it waits for another visit to end. */
  isBlocked: boolean;
}

/** A process that collects all runs, such as `trawl collect`. */
export interface LiveCollector {
  name: string;
  /** Runs that it has at the moment. */
  runs: number;
}

export interface EngineFacts {
  workers: readonly LiveWorker[];
  collectors: readonly LiveCollector[];
  /** Absent for an engine in memory. */
  redis?: RedisFacts;
}

/** The state of Redis. */
export interface RedisFacts {
  version: string;
  usedBytes: number;
  /** 0: no limit. */
  maxBytes: number;
  /** `none`: a restart loses every run. `failing`: the last write to disk failed. */
  persistence: 'aof' | 'snapshots' | 'none' | 'failing';
  /** Size of the append-only file; 0 without one. */
  aofBytes: number;
  /** Syncs of the append-only file that the disk was too slow for, since Redis started. */
  delayedSyncs: number;
  /** Redis is writing a new append-only file or a snapshot now. */
  isSaving: boolean;
  /** What Redis does when its memory is full. Anything but `noeviction` loses URLs. */
  evictionPolicy: string;
  clients: number;
  commandsPerSecond: number;
}

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
