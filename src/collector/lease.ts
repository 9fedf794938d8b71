import { setTimeout as sleep } from 'node:timers/promises';
import { CLAIM_MS, type Collector } from '../engine/collecting.ts';
import type { Engine } from '../engine/engine.ts';
import { RunClaimedError, UnknownRunError } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import type { RunId } from '../model/run-id.ts';
import { orAborted } from '../util/async.ts';
import type { Clock } from '../util/clock.ts';

const RENEW_MS = CLAIM_MS / 4;
/** A claim that expires within this time does not count as held. */
const MARGIN_MS = CLAIM_MS / 10;
const RETRY_MS = 500;
/** How long to wait for the engine to release the claim. If it does not, the claim expires by itself. */
const LEAVE_MS = 1_000;

/** A time on both clocks, because the monotonic clock stands still while a machine is suspended, and the wall clock can be set back. */
interface Moment {
  monotonicMs: number;
  wallMs: number;
}

/**
 * The claim on a run, renewed in the background.
 *
 * Our own clock shows when a renewal came too late, because the process was suspended or the engine was unreachable. Another collector may have the run then, so nothing may be
 * written before the engine has renewed the claim. It does so only if no other collector had the run in between. A lost claim is never replaced by a fresh one here, because another
 * collector may have released outcomes after the ones that this process has read.
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
   * Claims the run. If another collector has it, retries for `waitMs`, because the claim of a killed collector lasts up to CLAIM_MS.
   * After that it rejects with RunClaimedError. If the signal aborts, it rejects with the signal's reason.
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
    for (let isLogged = false; ; isLogged = true) {
      signal.throwIfAborted();
      try {
        await orAborted(lease.#renew(), signal);
        break;
      } catch (error) {
        if (!(error instanceof RunClaimedError) || clock.monotonicMs() >= untilMs) throw error;
        if (!isLogged)
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

  /** Aborts when another collector has the run, or the run no longer exists. The reason is the engine's error. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** True if no collector had the run before. */
  get isFirst(): boolean {
    return this.#isFirst;
  }

  get collector(): Collector {
    return this.#collector;
  }

  /**
   * Resolves when it is certain that the claim has been held without a gap since it was taken, and is held for a moment longer. As long as renewals
   * are in time, this only checks the clock. Rejects if the claim is lost or the engine cannot be reached.
   */
  async ensure(): Promise<void> {
    this.#lost.signal.throwIfAborted();
    // In a loop, because the answer to a renewal that was in flight while the process was suspended may already be too old.
    // chaos: lease-renewed
    while (!this.#holds()) await this.#renew();
  }

  /** Releases the claim, so that another collector need not wait until it expires. Call it when nothing will be written any more. Never rejects. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#lost.signal.aborted) return;
    try {
      // Wait for a renewal in progress, because it would take the claim again.
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
