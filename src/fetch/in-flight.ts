import type { Clock } from '../util/clock.ts';

/** Interval of the sweep in milliseconds. Deadlines and aborts are noticed at most about this late. */
const SWEEP_MS = 25;

/** Work in progress that must end at its deadline or when its signal aborts. */
export interface Watched {
  readonly signal: AbortSignal;
  /** The deadline on the monotonic clock, in milliseconds. May change at any time. */
  readonly expiresAtMs: number;
  expire(): void;
  abort(): void;
}

/**
 * Watches all work in progress with one coarse timer. A timer, an AbortController or an abort listener for each URL
 * would take microseconds on a path that takes about twenty; an entry in a set takes a tenth of a microsecond.
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
