import type { Lane } from './lane.ts';

/**
 * Most idle connections of all origins together: a crawl of ten thousand hosts with one URL each must not hold ten
 * thousand sockets.
 */
const MAX_IDLE_LANES = 256;

/** Closes lanes. */
interface LanePool {
  discard(lane: Lane): void;
}

/** Counts the lanes of all pools of a fetcher. If there are too many, the one that has been idle longest is closed. */
export class OpenLanes {
  readonly #maxLanes: number;
  #open = 0;
  /** Idle lanes, the one that has been idle longest first. */
  readonly #idle = new Map<Lane, LanePool>();

  /**
   * @param maxLanes at this number, an idle lane is closed before another is opened. Busy lanes may exceed it; the
   *   caller must limit those.
   */
  constructor(maxLanes: number) {
    this.#maxLanes = maxLanes;
  }

  /** Call before another lane is opened. */
  add(): void {
    if (this.#open >= this.#maxLanes) this.#closeLongestIdle();
    this.#open++;
  }

  /** Call when a request uses an idle lane. */
  occupy(lane: Lane): void {
    this.#idle.delete(lane);
  }

  rest(lane: Lane, pool: LanePool): void {
    this.#idle.set(lane, pool);
    if (this.#idle.size > MAX_IDLE_LANES) this.#closeLongestIdle();
  }

  /** Call when a lane is closed. True if it was idle. */
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
