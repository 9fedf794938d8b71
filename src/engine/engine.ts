import type { RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { Batch } from './batch.ts';
import type { Collector, Cursor, OutcomeBatch } from './collecting.ts';
import type { Backlog, EngineFacts, ThrottledOrigin, WaitingOrigin } from './facts.ts';
import type { LoggedRows } from './rules/logged-rows.ts';
import type { RunCounts } from './run-counts.ts';
import type { Visit, WorkLimits } from './visit.ts';

/**
 * THE SEAM. A frontier, a scheduler of visits and an outcome log behind one interface, with two implementations:
 * `memory` (one process, nothing installed) and `redis` (BullMQ, any number of processes).
 * `test/contracts/engine.contract.ts` is the definition of correct.
 */
export interface Engine {
  /** The run exists and takes batches. Repeating it with the same id changes nothing; without an id, each call opens a new run. */
  openRun(options: RunOptions, id?: RunId): Promise<RunId>;

  /** The batch will be counted exactly once, however often it is submitted; waits while the frontier is full. Rejects with ConflictError if the number was used with other lines. */
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

  /** Runs that this engine knows, oldest first. */
  runs(): Promise<RunId[]>;

  /** Those of the runs that a collector has something to do for: first those with outcomes that were not released, then those without that have ended. With `by`, the id of a collector, runs that another one has claimed are left out. */
  uncollected(runs: readonly RunId[], by?: string): Promise<RunId[]>;

  /** A collector of all runs reports that it is alive, and how many runs it has; without a number, that it leaves. Gives the number of live ones. */
  attend(collector: string, runs?: number): Promise<number>;

  /** Everything it opened is closed. May be repeated. */
  close(): Promise<void>;
}
