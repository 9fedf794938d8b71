import { KEPT_UNASKED_MS, keptMs } from '../robots-expiry.ts';
import { type KnownRobots, ROBOTS_LEASE_MS, type RobotsAnswer } from '../visit.ts';

/** Limits of what is kept: in origins, and in UTF-16 code units of all texts. One text can have half a million. */
const MAX_ORIGINS = 100_000;
const MAX_CHARS = 64 * 1_024 * 1_024;

interface KeptText {
  text: string;
  keptUntilMs: number;
  askedAtMs: number;
}

/** The robots.txt of each origin, for all runs, and the leases to fetch one. */
export class RobotsTexts {
  readonly #mostOrigins: number;
  readonly #mostChars: number;
  /** The least recently used text comes first. */
  readonly #kept = new Map<string, KeptText>();
  #chars = 0;
  /** Origin → when the lease to fetch it ends. The first to end comes first. */
  readonly #leases = new Map<string, number>();

  constructor(mostOrigins = MAX_ORIGINS, mostChars = MAX_CHARS) {
    this.#mostOrigins = mostOrigins;
    this.#mostChars = mostChars;
  }

  /** See `Visit.robots`. */
  ask(origin: string, stale: string | undefined, nowMs: number): RobotsAnswer {
    const kept = this.#kept.get(origin);
    if (kept !== undefined && isOver(kept, nowMs)) this.#forget(origin);
    else if (kept !== undefined && kept.text !== stale) {
      kept.askedAtMs = nowMs;
      this.#kept.delete(origin);
      this.#kept.set(origin, kept);
      return { kind: 'known', text: kept.text };
    }
    for (const [other, untilMs] of this.#leases) {
      if (untilMs > nowMs) break;
      this.#leases.delete(other);
    }
    if (this.#leases.has(origin)) return { kind: 'theirs' };
    this.#leases.set(origin, nowMs + ROBOTS_LEASE_MS);
    return { kind: 'yours' };
  }

  /** Stores a fetched text and ends its lease. */
  keep(origin: string, { text, keepMs }: KnownRobots, nowMs: number): void {
    this.#leases.delete(origin);
    this.#forget(origin);
    this.#kept.set(origin, { text, keptUntilMs: nowMs + keptMs(keepMs), askedAtMs: nowMs });
    this.#chars += text.length;
    for (const [oldest, kept] of this.#kept) {
      if (this.#kept.size <= this.#mostOrigins && this.#chars <= this.#mostChars && !isOver(kept, nowMs)) break;
      this.#forget(oldest);
    }
  }

  #forget(origin: string): void {
    this.#chars -= this.#kept.get(origin)?.text.length ?? 0;
    this.#kept.delete(origin);
  }
}

function isOver({ keptUntilMs, askedAtMs }: KeptText, nowMs: number): boolean {
  return nowMs >= Math.min(keptUntilMs, askedAtMs + KEPT_UNASKED_MS);
}
