import type { Cursor, Engine } from '../engine/engine.ts';
import { RunClaimedError, UnknownRunError } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import type { RunId } from '../model/run-id.ts';
import { Conditions } from '../util/conditions.ts';
import { CollectorDiskError } from './disk-error.ts';
import type { Lease } from './lease.ts';
import type { RunLog } from './run-log.ts';

/** A checkpoint is made after this many rows even if its time has not come, so that the engine can forget them. */
// chaos: checkpoint-rows
const ROWS_PER_CHECKPOINT = 10_000;

/**
 * Saves the log at intervals, one save at a time beside the appends, and lets the engine forget what the save before held.
 * The engine being away is no failure: the log grows meanwhile, and the next save does it all.
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

  /** Saves from now on. Not before the engine was told what the log has: to an engine that is new, the log's cursor means other outcomes. */
  start(): void {
    this.#timer = setInterval(() => this.#saveInBackground(), this.#everyMs);
  }

  /** Aborts when saving has failed for good; the reason is the error. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** To be called after appends: saves in the background if many rows have come since the last time. */
  afterAppend(): void {
    if (this.#saving === undefined && this.#rows.tally.rows - this.#rowsAtLast >= ROWS_PER_CHECKPOINT) this.#saveInBackground();
  }

  /** Saves all that was appended, and nothing after that. */
  async finish(): Promise<void> {
    clearInterval(this.#timer);
    await this.#saving;
    this.#failed.signal.throwIfAborted();
    await this.#rows.flush();
    await this.#save();
  }

  /** After `finish`, when nothing more will come: the engine may forget all of it, not only what the save before held. */
  async releaseAll(): Promise<void> {
    await this.#release(this.#rows.cursor);
  }

  /** Saves no more. Resolves when nothing is being saved. */
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
