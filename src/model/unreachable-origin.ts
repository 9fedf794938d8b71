/** Fetches in a row that an origin left without any answer, after which it is visited by one worker slot at a time, for one entry. */
export const SLOWED_AFTER = 2;

/** After so many, what is left of its entries is tried once each, and not for long. An origin that asked for a pause so often in a row is tried once for each, too. */
export const DOWN_AFTER = 20;

/** How hard an entry may be tried, after what its origin did to those before it: as the run says, once, or once and for a short time. */
export type Trial = 'full' | 'once' | 'briefly';

/** How long such an attempt may take in all, in milliseconds. The origin had `DOWN_AFTER` full chances before. */
export const DOWN_TIMEOUT_MS = 1_000;

/** Origins whose misses are remembered even while nothing waits for them: a list of a million dead hosts is not to fill the memory. */
export const MOST_REMEMBERED = 10_000;

/** After a fetch without an answer, how long an origin comes after all others that can be visited, in milliseconds: it would take a slot for a whole timeout each time. When nothing else is to be done it comes at once. */
export const MISSED_PAUSE_MS = 10_000;
/** The same for an origin whose attempts are short. */
export const DOWN_PAUSE_MS = 1_000;

/** What an origin did so long ago says nothing any more, in milliseconds. */
export const REMEMBERED_MS = 3_600_000;
