import type { SettleMove } from '../frontier/scripts/settle.ts';

/** How long an outcome waits for others, so that they are settled together. */
const SETTLE_AFTER_MS = 200;
/** Links, retries and redirects wait only this long, because other slots may be idle until they are in the frontier. */
const MOVE_ON_AFTER_MS = 50;
/**
 * Outcomes of this total length, in UTF-16 code units, are settled at once. Results of a map make them long, and a
 * collector reads a hundred settles at a time.
 */
export const SETTLE_CHARS = 256 * 1_024;
/** The most links of one settle. A thousand new ones take Redis 5 ms. A page with more sends them in parts. */
export const SETTLE_LINKS = 1_000;

/** The moves of a visit that wait for the next settle. */
export class SettleBatch {
  #moves: SettleMove[] = [];
  #sinceMs = 0;
  #waitMs = SETTLE_AFTER_MS;
  #chars = 0;
  #links = 0;

  get size(): number {
    return this.#moves.length;
  }

  /** True if it has waited long enough, or is large enough. */
  get isDue(): boolean {
    return performance.now() - this.#sinceMs >= this.#waitMs || this.#chars >= SETTLE_CHARS;
  }

  hasRoomFor(links: number): boolean {
    return this.#links + links <= SETTLE_LINKS;
  }

  add(move: SettleMove, links = 0): void {
    if (this.#moves.length === 0) this.#sinceMs = performance.now();
    if (links > 0 || !('line' in move)) this.#waitMs = MOVE_ON_AFTER_MS;
    this.#moves.push(move);
    this.#links += links;
    if ('line' in move) this.#chars += move.line.length;
  }

  take(): SettleMove[] {
    const moves = this.#moves;
    this.#moves = [];
    this.#waitMs = SETTLE_AFTER_MS;
    this.#chars = 0;
    this.#links = 0;
    return moves;
  }
}
