/** Of an interval, what is added to it: one request can take a little longer to the server than the next. */
const GUARD = 0.025;

/** The interval as it is kept from the start of one request to the start of the next, in milliseconds. */
export function withGuard(intervalMs: number): number {
  return Math.ceil(intervalMs * (1 + GUARD));
}
