import type { Cursor } from '../engine/collecting.ts';
import type { Engine } from '../engine/engine.ts';
import { RunClaimedError, UnknownRunError } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import type { RunId } from '../model/run-id.ts';
import { Conditions } from '../util/conditions.ts';
import { CollectorDiskError } from './disk-error.ts';
import type { Lease } from './lease.ts';
import type { RunLog } from './run-log.ts';

/**
 * A checkpoint is written after this many rows, even before its interval has passed, so that the engine can forget
 * them.
 */
// chaos: checkpoint-rows
const ROWS_PER_CHECKPOINT = 10_000;

/**
 * Writes checkpoints of the log at intervals, in parallel to the appends, one at a time. Then it lets the engine forget
 * what the previous checkpoint covered. If the engine is away, that is not a failure: the log grows, and the next
 * checkpoint covers it all.
 */
export class Checkpoints {
  readonly #engine: Pick<Engine, 'release'>;
  readonly #run: RunId;
  readonly #lease: Lease;
  readonly #rows: RunLog;
  readonly #log: Log;
  readonly #failed = new AbortController();
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;
  #rowsAtLast: number;
  #released: Cursor = '';
  #saving: Promise<void> | undefined;
  readonly #conditions = new Conditions();

  constructor(engine: Pick<Engine, 'release'>, run: RunId, lease: Lease, rows: RunLog, everyMs: number, log: Log) {
    this.#engine = engine;
    this.#run = run;
    this.#lease = lease;
    this.#rows = rows;
    this.#log = log;
    this.#rowsAtLast = rows.tally.rows;
    this.#everyMs = everyMs;
  }

  /**
   * Starts the interval. Call it only after the engine knows what the log has: for a new engine, the log's cursor would
   * refer to other outcomes.
   */
  start(): void {
    this.#timer = setInterval(() => this.#saveInBackground(), this.#everyMs);
  }

  /** Aborts when a checkpoint has failed with an error that cannot be retried; the reason is that error. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** Call this after each append: it starts a checkpoint in the background if there are many new rows. */
  afterAppend(): void {
    if (this.#saving === undefined && this.#rows.tally.rows - this.#rowsAtLast >= ROWS_PER_CHECKPOINT) this.#saveInBackground();
  }

  /** Ends the interval and writes a last checkpoint of everything appended. */
  async finish(): Promise<void> {
    clearInterval(this.#timer);
    await this.#saving;
    this.#failed.signal.throwIfAborted();
    await this.#rows.flush();
    await this.#save();
  }

  /**
   * Call this after `finish` if no more outcomes will come: the engine may forget everything, not only what the
   * previous checkpoint covered.
   */
  async releaseAll(): Promise<void> {
    await this.#release(this.#rows.cursor);
  }

  /** Ends the interval. Resolves when no checkpoint is in progress. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#saving;
  }

  #saveInBackground(): void {
    this.#saving ??= this.#trySave().finally(() => {
      this.#saving = undefined;
    });
  }

  async #trySave(): Promise<void> {
    try {
      await this.#save();
      this.#conditions.end();
    } catch (error) {
      if (isFinal(error)) {
        this.#failed.abort(error);
      } else if (this.#conditions.isNews('away')) {
        this.#log.warn(
          { event: 'checkpoint-delayed', run: this.#run, err: error },
          'the engine is not responding: rows are kept, and saved when it responds again',
        );
      }
    }
  }

  async #save(): Promise<void> {
    this.#rowsAtLast = this.#rows.tally.rows;
    await this.#lease.ensure();
    // chaos: release-checkpoint
    await this.#release(await this.#rows.checkpoint());
  }

  async #release(upTo: Cursor): Promise<void> {
    if (upTo === this.#released) return;
    await this.#engine.release(this.#run, upTo, this.#lease.collector);
    this.#released = upTo;
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof RunClaimedError || error instanceof UnknownRunError || error instanceof CollectorDiskError;
}
