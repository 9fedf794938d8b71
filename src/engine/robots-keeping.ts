/** The most that RFC 9309, section 2.4, lets a robots.txt be kept, in milliseconds. */
const MAX_KEPT_MS = 24 * 3_600_000;

/** A text for which nobody asks goes after so long, in milliseconds: who uses it has its rules in memory. */
export const KEPT_UNASKED_MS = 3_600_000;

/** How long a text is kept of which this is said, in whole milliseconds, at least one. */
export function keptMs(keepMs: number): number {
  return Math.max(1, Math.min(MAX_KEPT_MS, Math.ceil(keepMs)));
}
