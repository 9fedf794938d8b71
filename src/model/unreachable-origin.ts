/** After this many fetches in a row without an answer, one worker slot at a time visits the origin, for one entry. */
export const SLOWED_AFTER = 2;

/**
 * After this many fetches in a row without an answer, each remaining entry of the origin is tried once, with a short
 * timeout. After this many requests in a row to pause (Retry-After), each entry is also tried only once.
 */
export const DOWN_AFTER = 20;

/**
 * How an entry may be tried, given what happened to earlier entries of its origin: as the run's options say, once, or
 * once with a short timeout.
 */
export type Trial = 'full' | 'once' | 'briefly';

/** Timeout of a `briefly` attempt in milliseconds. The origin had `DOWN_AFTER` full chances before. */
export const DOWN_TIMEOUT_MS = 1_000;

/**
 * Most origins without waiting entries whose failures are remembered. The limit keeps a list of a million dead hosts
 * from filling the memory.
 */
export const MAX_REMEMBERED = 10_000;

/**
 * After a fetch without an answer, other origins that are ready are preferred for this long, in milliseconds: each
 * retry could occupy a slot for a whole timeout. If nothing else is ready, the origin is visited at once.
 */
export const MISSED_PAUSE_MS = 10_000;
/** The same for an origin that is tried with the short timeout. */
export const DOWN_PAUSE_MS = 1_000;

/** How long the failures of an origin are remembered, in milliseconds. */
export const REMEMBERED_MS = 3_600_000;
