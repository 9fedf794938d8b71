import type { RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { Batch } from './batch.ts';
import type { Collector, Cursor, OutcomeBatch } from './collecting.ts';
import type { Backlog, EngineFacts, ThrottledOrigin, WaitingOrigin } from './facts.ts';
import type { LoggedRows } from './rules/logged-rows.ts';
import type { RunCounts } from './run-counts.ts';
import type { Visit, WorkLimits } from './visit.ts';

/**
 * The seam: frontier, visits and outcomes behind one interface. `memory` implements it in one process, `redis` for any
 * number of processes. `test/contracts` defines what is correct. A method may be repeated unless its text says otherwise.
 */
export interface Engine {
  /** Opens a run for batches. With an id it may be repeated; without one, each call opens a new run. */
  openRun(options: RunOptions, id?: RunId): Promise<RunId>;
  /**
   * Counts the batch once, however often it is submitted, and waits while the frontier is full. Rejects with
   * ConflictError if the number was used for other lines.
   */
  submit(run: RunId, batch: Batch): Promise<void>;
  /**
   * Says that the run has `batches` batches, or those submitted so far. Rejects with ConflictError if it was sealed with
   * another number.
   */
  seal(run: RunId, batches?: number): Promise<void>;
  /**
   * Resolves when what this process submitted and sealed would survive a crash of the engine's machine. On Redis this
   * takes two seconds; what Redis loses in that time is sent again.
   */
  confirm(): Promise<void>;
  /**
   * Counts URLs with a row in the log as settled, for an engine that is new or lost data. A page with links is fetched
   * once more for them if it is met in scope, and gets no second row. Lines that are not URLs get their row again.
   */
  restore(run: RunId, rows: LoggedRows): Promise<void>;

  /** Starts no more entries of the run until `resume`. */
  pause(run: RunId): Promise<void>;
  /** Continues a paused run. */
  resume(run: RunId): Promise<void>;
  /** Seals the run for good. Entries that are not being fetched get the outcome `cancelled`. */
  cancel(run: RunId): Promise<void>;
  /** Deletes the run from the engine; its visits are lost. What a collector wrote stays. */
  remove(run: RunId): Promise<void>;

  /**
   * Gives visits of all runs to `visitor`, at most `limits.concurrency` at a time, until `signal` aborts. Visits then get
   * no more entries, and those still going after `limits.drainMs` see their own signal abort. Resolves when all have ended.
   */
  work(visitor: (visit: Visit) => Promise<void>, limits: WorkLimits, signal: AbortSignal): Promise<void>;

  /**
   * Makes the caller the run's one collector for `CLAIM_MS`; `renew` extends that. Resolves to `again` if the run was
   * collected into this folder before. Rejects with RunClaimedError while another collector has the run, if its log is in
   * another folder, and, to `renew`, if another collector had it in between: it may have released unread outcomes.
   */
  claim(run: RunId, collector: Collector, as?: 'fresh' | 'renew'): Promise<'first' | 'again'>;
  /** Gives the claim up, so that another collector need not wait for it. Does nothing if the claim was lost. */
  leave(run: RunId, collector: Collector): Promise<void>;
  /** Outcomes after `from` in the order of settling, which is always the same. Ends after the last outcome of a run that has ended. */
  outcomes(run: RunId, from: Cursor, signal: AbortSignal): AsyncIterable<OutcomeBatch>;
  /**
   * Lets the engine forget outcomes up to the cursor: the collector has them on disk. Rejects with RunClaimedError if
   * the claim was lost.
   */
  release(run: RunId, upTo: Cursor, collector: Collector): Promise<void>;
  /**
   * Runs that need a collector: first those with unreleased outcomes, then others that have ended. With `by`, the id
   * of a collector, runs that another one has claimed are left out.
   */
  uncollected(runs: readonly RunId[], by?: string): Promise<RunId[]>;
  /**
   * Reports that a collector of all runs is alive and has so many runs; without a number, that it stops. Resolves to the
   * number of live ones.
   */
  attend(collector: string, runs?: number): Promise<number>;
  /** For each run, the id of the collector that has it now. */
  collectors(runs: readonly RunId[]): Promise<Array<string | undefined>>;

  /** Rejects with UnknownRunError. */
  counts(run: RunId): Promise<RunCounts>;
  /** The options with which the run was opened. Rejects with UnknownRunError. */
  options(run: RunId): Promise<RunOptions>;
  /** All runs, oldest first. */
  runs(): Promise<RunId[]>;
  /** The number of runs, and the ids of the newest, newest first. Costs the same for any number of runs. */
  newestRuns(most: number): Promise<{ total: number; newest: RunId[] }>;
  /**
   * The least time that the waiting entries take because of the run's interval, in milliseconds: 0 without one. Redis
   * looks at up to a thousand origins.
   */
  leastMs(run: RunId): Promise<number>;
  /** The run's work that no worker has taken yet. Zeros for an unknown run. */
  backlog(run: RunId): Promise<Backlog>;
  /** Up to `most` origins of the run with waiting entries, the longest first. Redis looks at a few hundred; this is not cheap. */
  waitingOrigins(run: RunId, most: number): Promise<WaitingOrigin[]>;
  /** Origins of all runs that get fewer requests than allowed, because they asked for a pause or do not answer. */
  throttled(): Promise<ThrottledOrigin[]>;
  /** The number of processes that work. On Redis, a killed one counts for five more seconds. */
  workers(): Promise<number>;
  /** Workers, collectors and the state of Redis, for operators. */
  facts(): Promise<EngineFacts>;

  /**
   * Yields at once, then every `everyMs` without drift, until `signal` aborts. Ticks that a busy caller missed become one.
   * On Redis this is a job scheduler of that name, so no two callers may share a name.
   */
  ticks(name: string, everyMs: number, signal: AbortSignal): AsyncIterable<void>;
  /**
   * Names of ticks whose process was killed: nobody waits for them, and the next tick is overdue by more than `overdueMs`.
   * Empty in memory. Redis looks at all keys; this is not cheap.
   */
  deadTicks(overdueMs: number): Promise<string[]>;
  /** Removes what is left of ticks. If a process waits for them after all, they begin again. */
  removeTicks(name: string): Promise<void>;
  /** Closes everything that the engine opened. */
  close(): Promise<void>;
}
