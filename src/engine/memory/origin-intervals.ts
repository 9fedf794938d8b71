import { type KnownRobots, ROBOTS_LEASE_MS } from '../engine.ts';
import { keptMs } from '../robots-keeping.ts';

const MOST_ORIGINS = 100_000;

interface Interval {
  ms: number;
  untilMs: number;
}

/** The least time between starts of requests that an origin's robots.txt asks for. */
export class OriginIntervals {
  readonly #mostOrigins: number;
  /** The one that was learnt first comes first. */
  readonly #intervals = new Map<string, Interval>();

  constructor(mostOrigins = MOST_ORIGINS) {
    this.#mostOrigins = mostOrigins;
  }

  /** It outlives the text by a lease, so that it holds while the next one is fetched. */
  learn(origin: string, { intervalMs, keepMs }: KnownRobots, nowMs: number): void {
    this.#intervals.delete(origin);
    if (intervalMs > 0) this.#intervals.set(origin, { ms: intervalMs, untilMs: nowMs + keptMs(keepMs) + ROBOTS_LEASE_MS });
    for (const [oldest, { untilMs }] of this.#intervals) {
      if (this.#intervals.size <= this.#mostOrigins && untilMs > nowMs) break;
      this.#intervals.delete(oldest);
    }
  }

  /** In milliseconds: 0 if it asks for none. */
  of(origin: string, nowMs: number): number {
    const interval = this.#intervals.get(origin);
    return interval !== undefined && interval.untilMs > nowMs ? interval.ms : 0;
  }
}
