/** Longest pause that a server can ask for, in milliseconds: one hour. */
export const MAX_RETRY_AFTER_MS = 3_600_000;

const SECONDS = /^\d+$/;
/**
 * Each of the three date formats of RFC 9110 section 5.6.7 begins with the name of a day. `Date.parse` alone accepts
 * far too many other texts.
 */
const HTTP_DATE = /^(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? +[\w ,:+-]+$/i;
const NAMES_ITS_ZONE = /(?:GMT|UTC|[+-]\d{4})$/i;

/**
 * Parses a Retry-After header: seconds or an HTTP date (RFC 9110 section 10.2.3). Returns the pause in milliseconds, at
 * most `MAX_RETRY_AFTER_MS`; 0 for a date in the past; undefined for anything else. Never throws.
 */
export function parseRetryAfter(value: string, nowMs: number): number | undefined {
  const text = value.trim();
  if (SECONDS.test(text)) return Math.min(Number(text) * 1_000, MAX_RETRY_AFTER_MS);
  if (!HTTP_DATE.test(text)) return undefined;
  const atMs = Date.parse(NAMES_ITS_ZONE.test(text) ? text : `${text} GMT`);
  if (Number.isNaN(atMs)) return undefined;
  return Math.min(Math.max(atMs - nowMs, 0), MAX_RETRY_AFTER_MS);
}
