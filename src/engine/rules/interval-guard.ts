/** Of an interval, what is added to it: one request can take a little longer to the server than the next. */
const GUARD = 0.025;

/** The interval as it is kept from the start of one request to the start of the next, in milliseconds. */
export function withGuard(intervalMs: number): number {
  return Math.ceil(intervalMs * (1 + GUARD));
}

/** Bounds of the time after which a visit looks again at an origin whose turn another visit has, in milliseconds. */
export const LOOK_AGAIN_MS = { least: 25, most: 1_000 } as const;

/** That time: an interval, because the next request cannot go out sooner than an interval from now. */
export function lookAgainMs(intervalMs: number): number {
  return Math.max(LOOK_AGAIN_MS.least, Math.min(intervalMs, LOOK_AGAIN_MS.most));
}
