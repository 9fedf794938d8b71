import { setTimeout as sleep } from 'node:timers/promises';
import { RunClaimedError, UnknownRunError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { RunId } from '../core/run-id.ts';
import { CLAIM_MS, type Collector, type Engine } from '../engine/engine.ts';

const RENEW_MS = CLAIM_MS / 4;
/** A claim this close to its end is not relied upon. */
const MARGIN_MS = CLAIM_MS / 10;
const RETRY_MS = 500;

/**
 * The right to collect a run, renewed in the background. By our own clock it is known when a renewal came too late (the process was
 * stopped, the engine was away): then another collector may have the run, and nothing may be saved before the claim is made again.
 */
export class Lease {
  readonly #engine: Pick<Engine, 'claim'>;
  readonly #run: RunId;
  readonly #collector: Collector;
  readonly #log: Log;
  readonly #lost = new AbortController();
  #heldUntilMs = 0;
  #renewing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(engine: Pick<Engine, 'claim'>, run: RunId, collector: Collector, log: Log) {
    this.#engine = engine;
    this.#run = run;
    this.#collector = collector;
    this.#log = log;
  }

  /**
   * Claims the run. While another collector has it, tries again for `waitMs`: one that was killed holds its claim for CLAIM_MS more.
   * Rejects with RunClaimedError after that, and with the signal's reason when it aborts.
   */
  static async take(
    engine: Pick<Engine, 'claim'>,
    run: RunId,
    collector: Collector,
    waitMs: number,
    log: Log,
    signal: AbortSignal,
  ): Promise<Lease> {
    const lease = new Lease(engine, run, collector, log);
    const untilMs = performance.now() + waitMs;
    for (let said = false; ; said = true) {
      signal.throwIfAborted();
      try {
        await lease.#renew();
        break;
      } catch (error) {
        if (!(error instanceof RunClaimedError) || performance.now() >= untilMs) throw error;
        if (!said) log.info({ run }, `waiting for the run: ${error.message}`);
        await sleep(RETRY_MS, undefined, { signal });
      }
    }
    lease.#timer = setInterval(() => lease.#renewInBackground(), RENEW_MS);
    return lease;
  }

  /** Aborts when another collector has the run, or the run is gone; the reason is the error that said so. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get collector(): Collector {
    return this.#collector;
  }

  /** Resolves when the claim is known to hold for a moment yet. Rejects if it is lost or the engine cannot be asked. */
  async ensure(): Promise<void> {
    this.#lost.signal.throwIfAborted();
    if (performance.now() < this.#heldUntilMs - MARGIN_MS) return;
    await this.#renew();
  }

  /** Stops renewing. The claim lapses by itself. */
  end(): void {
    clearInterval(this.#timer);
  }

  #renewInBackground(): void {
    this.#renew().catch((error: unknown) => {
      if (!this.#lost.signal.aborted)
        this.#log.debug({ run: this.#run, err: error }, 'the claim of the run could not be renewed; trying again');
    });
  }

  #renew(): Promise<void> {
    this.#renewing ??= this.#claim().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #claim(): Promise<void> {
    const startMs = performance.now();
    try {
      await this.#engine.claim(this.#run, this.#collector);
    } catch (error) {
      const wasHeld = this.#heldUntilMs > 0;
      if (wasHeld && (error instanceof RunClaimedError || error instanceof UnknownRunError)) this.#lost.abort(error);
      throw error;
    }
    this.#heldUntilMs = startMs + CLAIM_MS;
  }
}
