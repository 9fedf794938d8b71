/** Fetches in a row that an origin left without any answer, after which it is visited by one worker slot at a time, for one entry. */
export const SLOWED_AFTER = 2;

/** After so many, what is left of its entries is tried once each, and not for long. */
export const DOWN_AFTER = 20;

/** How long such an attempt may take in all, in milliseconds. The origin had `DOWN_AFTER` full chances before. */
export const DOWN_TIMEOUT_MS = 1_000;

/** Origins whose misses are remembered even while nothing waits for them: a list of a million dead hosts is not to fill the memory. */
export const MOST_REMEMBERED = 10_000;
