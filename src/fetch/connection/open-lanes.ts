import type { Lane } from './lane.ts';

/** Idle connections kept, over all origins: a crawl of ten thousand hosts with one URL each must not hold ten thousand sockets. */
const MAX_IDLE_LANES = 256;

/** Who closes a lane. */
interface LanePool {
  discard(lane: Lane): void;
}

/** The lanes of all pools of a fetcher, counted together. When there are too many, the one that has been idle for longest is closed. */
export class OpenLanes {
  readonly #most: number;
  #open = 0;
  /** In the order in which they came to rest. */
  readonly #idle = new Map<Lane, LanePool>();

  /** @param most lanes at a time. Busy ones may be more: they are for the caller to bound. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Another one is about to be opened. */
  add(): void {
    if (this.#open >= this.#most) this.#closeLongestIdle();
    this.#open++;
  }

  /** A request goes out on it. */
  occupy(lane: Lane): void {
    this.#idle.delete(lane);
  }

  rest(lane: Lane, pool: LanePool): void {
    this.#idle.set(lane, pool);
    if (this.#idle.size > MAX_IDLE_LANES) this.#closeLongestIdle();
  }

  /** It is closed. True if it was idle. */
  delete(lane: Lane): boolean {
    this.#open--;
    return this.#idle.delete(lane);
  }

  closeIdle(): void {
    for (const [lane, pool] of [...this.#idle]) pool.discard(lane);
  }

  #closeLongestIdle(): void {
    for (const [lane, pool] of this.#idle) {
      pool.discard(lane);
      return;
    }
  }
}
