/** Part of an interval that is added to it, because one request can take a little longer to the server than the next. */
const GUARD = 0.025;

/** The interval to keep between the starts of two requests, in milliseconds. */
export function withGuard(intervalMs: number): number {
  return Math.ceil(intervalMs * (1 + GUARD));
}

/** Bounds of `lookAgainMs`, in milliseconds. */
export const LOOK_AGAIN_MS = { least: 25, most: 1_000 } as const;

/** When to look again at an origin whose turn another visit has: after an interval, because the next request cannot go out before that. */
export function lookAgainMs(intervalMs: number): number {
  return Math.max(LOOK_AGAIN_MS.least, Math.min(intervalMs, LOOK_AGAIN_MS.most));
}
