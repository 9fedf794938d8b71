import type { Clock } from '../util/clock.ts';

/** How often the sweep looks, in milliseconds: deadlines and aborts are late by at most about this. */
const SWEEP_MS = 25;

/** Something in progress that must end in time, or when its signal aborts. */
export interface Watched {
  readonly signal: AbortSignal;
  /** On the monotonic clock. May change at any time. */
  readonly expiresAtMs: number;
  expire(): void;
  abort(): void;
}

/**
 * Everything in progress, under one coarse timer. A timer, an AbortController or an abort listener for each URL costs microseconds
 * on a path that takes about twenty; an entry in a set costs a tenth of one.
 */
export class InFlight {
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(watched: Watched): void {
    this.#watched.add(watched);
    this.#timer ??= setTimeout(() => this.#sweep(), SWEEP_MS);
  }

  delete(watched: Watched): void {
    this.#watched.delete(watched);
  }

  abortAll(): void {
    for (const watched of this.#watched) watched.abort();
  }

  #sweep(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const watched of this.#watched) {
      if (watched.signal.aborted) watched.abort();
      else if (nowMs >= watched.expiresAtMs) watched.expire();
    }
    this.#timer = this.#watched.size === 0 ? undefined : this.#timer?.refresh();
  }
}
