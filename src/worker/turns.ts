import { loopTurn } from '../util/async.ts';

/** The longest time, in milliseconds, that synchronous work may block the event loop. */
const SLICE_MS = 10;

/**
 * Keeps long synchronous work from blocking the event loop, by yielding when a time slice has passed. It is used where
 * much is done without awaited I/O: many entries that need no request, or the links of a large page.
 */
export class Turns {
  #sinceMs = performance.now();

  /**
   * Starts a new time slice. Call it after awaited I/O: other work has run meanwhile, so another yield would only cost
   * time.
   */
  begin(): void {
    this.#sinceMs = performance.now();
  }

  /** True if the time slice has passed. */
  get isOver(): boolean {
    return performance.now() - this.#sinceMs >= SLICE_MS;
  }

  /** Yields to the event loop if the time slice has passed. */
  async pass(): Promise<void> {
    if (!this.isOver) return;
    await loopTurn();
    this.begin();
  }
}
