import { setTimeout as sleep } from 'node:timers/promises';
import { CLAIM_MS, type Collector } from '../engine/collecting.ts';
import type { Engine } from '../engine/engine.ts';
import { RunClaimedError, UnknownRunError } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import type { RunId } from '../model/run-id.ts';
import { orAborted } from '../util/async.ts';
import type { Clock } from '../util/clock.ts';

const RENEW_MS = CLAIM_MS / 4;
/** A claim this close to its end is not relied upon. */
const MARGIN_MS = CLAIM_MS / 10;
const RETRY_MS = 500;
/** An engine has so long to hear that the claim is given up. Otherwise it lapses by itself. */
const LEAVE_MS = 1_000;

/** By both clocks: the monotonic one stands still while a machine sleeps, the wall's can be put back. */
interface Moment {
  monotonicMs: number;
  wallMs: number;
}

/**
 * The right to collect a run, renewed in the background. By our own clock it is known when a renewal came too late (the process was
 * stopped, the engine was away): then another collector may have the run, and nothing may be written before the engine has renewed the
 * claim, which it does only if nobody else had the run in between. Never claim anew here: what was read may be behind what another released.
 */
export class Lease {
  readonly #engine: Pick<Engine, 'claim' | 'leave'>;
  readonly #run: RunId;
  readonly #collector: Collector;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #lost = new AbortController();
  #startedAt: Moment | undefined;
  #isFirst = true;
  #renewing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(engine: Pick<Engine, 'claim' | 'leave'>, run: RunId, collector: Collector, clock: Clock, log: Log) {
    this.#engine = engine;
    this.#run = run;
    this.#collector = collector;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Claims the run. While another collector has it, tries again for `waitMs`: one that was killed holds its claim for CLAIM_MS more.
   * Rejects with RunClaimedError after that, and with the signal's reason when it aborts.
   */
  static async take(
    engine: Pick<Engine, 'claim' | 'leave'>,
    run: RunId,
    collector: Collector,
    waitMs: number,
    clock: Clock,
    log: Log,
    signal: AbortSignal,
  ): Promise<Lease> {
    const lease = new Lease(engine, run, collector, clock, log);
    const untilMs = clock.monotonicMs() + waitMs;
    for (let said = false; ; said = true) {
      signal.throwIfAborted();
      try {
        await orAborted(lease.#renew(), signal);
        break;
      } catch (error) {
        if (!(error instanceof RunClaimedError) || clock.monotonicMs() >= untilMs) throw error;
        if (!said)
          log.warn(
            { event: 'claim-awaited', run },
            `${error.message}; waiting for up to ${Math.round(waitMs / 1_000)} s: a collector that was killed keeps its claim that long`,
          );
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

  /** Nobody had collected the run before. */
  get isFirst(): boolean {
    return this.#isFirst;
  }

  get collector(): Collector {
    return this.#collector;
  }

  /**
   * Resolves when the claim is known to have held without a gap since it was taken, and to hold for a moment yet. Only a look at the clock
   * as long as renewals come in time. Rejects if it is lost or the engine cannot be asked.
   */
  async ensure(): Promise<void> {
    this.#lost.signal.throwIfAborted();
    // A renewal that was under way when the process was stopped tells of the time before.
    // chaos: lease-renewed
    while (!this.#holds()) await this.#renew();
  }

  /** Nothing is written any more: gives the claim up, so that another collector need not wait until it lapses. Never rejects. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#lost.signal.aborted) return;
    try {
      // A renewal that is under way would take the claim again.
      await orAborted(
        Promise.resolve(this.#renewing).catch(() => {}),
        AbortSignal.timeout(LEAVE_MS),
      );
      await orAborted(this.#engine.leave(this.#run, this.#collector), AbortSignal.timeout(LEAVE_MS));
    } catch (error) {
      this.#log.debug(
        { event: 'claim-not-released', run: this.#run, err: error },
        'the claim of the run could not be released: it expires by itself',
      );
    }
  }

  #renewInBackground(): void {
    this.#renew().catch((error: unknown) => {
      if (!this.#lost.signal.aborted)
        this.#log.debug(
          { event: 'claim-not-renewed', run: this.#run, err: error },
          'the claim of the run could not be renewed; trying again',
        );
    });
  }

  #renew(): Promise<void> {
    this.#renewing ??= this.#claim().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #claim(): Promise<void> {
    const wasHeld = this.#startedAt !== undefined;
    const startedAt = this.#now();
    try {
      const claimed = await this.#engine.claim(this.#run, this.#collector, wasHeld ? 'renew' : 'fresh');
      if (!wasHeld) this.#isFirst = claimed === 'first';
    } catch (error) {
      if (wasHeld && (error instanceof RunClaimedError || error instanceof UnknownRunError)) this.#lost.abort(error);
      throw error;
    }
    this.#startedAt = startedAt;
  }

  #holds(): boolean {
    if (this.#startedAt === undefined) return false;
    const { monotonicMs, wallMs } = this.#startedAt;
    const now = this.#now();
    return Math.max(now.monotonicMs - monotonicMs, now.wallMs - wallMs) < CLAIM_MS - MARGIN_MS;
  }

  #now(): Moment {
    return { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() };
  }
}
