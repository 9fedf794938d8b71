/** How soon a dead worker is noticed. */
export interface RedisTimings {
  /** A visit whose lock is not renewed for this long is given to another worker, in milliseconds. */
  lockMs: number;
  /** How often each worker looks for such visits, in milliseconds. */
  stalledCheckMs: number;
}

/** A killed worker's entries are visited again after 15 s at most. BullMQ's defaults, 30 s each, make that a minute. */
export const DEFAULT_TIMINGS: RedisTimings = { lockMs: 10_000, stalledCheckMs: 5_000 };
