/** The longest time that RFC 9309 section 2.4 allows for a cached robots.txt, in milliseconds. */
const MAX_KEPT_MS = 24 * 3_600_000;

/** A robots.txt that nobody asks for is forgotten after this long, in milliseconds. Its users have its rules in memory. */
export const KEPT_UNASKED_MS = 3_600_000;

/** The time to keep a robots.txt, within its limits, in whole milliseconds. */
export function keptMs(keepMs: number): number {
  return Math.max(1, Math.min(MAX_KEPT_MS, Math.ceil(keepMs)));
}
