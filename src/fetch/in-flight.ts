import type { Clock } from '../util/clock.ts';

/** Interval of the sweep in milliseconds. Deadlines and aborts are noticed at most about this late. */
const SWEEP_MS = 25;

/** Work in progress that must end at its deadline or when its signal aborts. */
export interface Watched {
  readonly signal: AbortSignal;
  /** The deadline on the monotonic clock, in milliseconds. May change at any time. */
  readonly expiresAtMs: number;
  /** Its index in the list of `InFlight`, which alone changes it. */
  watchedAt: number;
  expire(): void;
  abort(): void;
}

/**
 * Watches all work in progress with one coarse timer. A timer, an AbortController or an abort listener for each URL
 * would take microseconds on a path that takes about twenty; an entry in a list takes a tenth of a microsecond.
 *
 * The list is an array and not a Set. V8 replaces the table of a Set after every few changes, and each old table refers to its successor. Once one old
 * table is in the old generation, it keeps all later ones alive until the next major collection, with all the work that they list. That was 0.8 kB for each URL.
 */
export class InFlight {
  readonly #clock: Clock;
  readonly #watched: Watched[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(watched: Watched): void {
    watched.watchedAt = this.#watched.push(watched) - 1;
    this.#timer ??= setTimeout(() => this.#sweep(), SWEEP_MS);
  }

  /** Only for work that was added and not deleted yet. */
  delete({ watchedAt }: Watched): void {
    const last = this.#watched.pop() as Watched;
    if (watchedAt === this.#watched.length) return;
    this.#watched[watchedAt] = last;
    last.watchedAt = watchedAt;
  }

  abortAll(): void {
    this.#each((watched) => watched.abort());
  }

  #sweep(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#each((watched) => {
      if (watched.signal.aborted) watched.abort();
      else if (nowMs >= watched.expiresAtMs) watched.expire();
    });
    this.#timer = this.#watched.length === 0 ? undefined : this.#timer?.refresh();
  }

  /** From the last to the first, because one that ends leaves its place to the last one. */
  #each(visit: (watched: Watched) => void): void {
    for (let at = this.#watched.length - 1; at >= 0; at--) {
      const watched = this.#watched[at];
      if (watched !== undefined) visit(watched);
    }
  }
}
