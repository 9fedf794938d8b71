/**
 * Two runs on one origin. The lanes of an origin are counted across all runs, and each run keeps to its own limit.
 * Without more rules, a run with a lower limit could wait for ever beside one with a higher
 * limit. So a run that waits for a lane has a claim: until some time, runs with higher limits leave it room.
 * `fairness.lua` is the twin of these rules.
 *
 * - While others hold all lanes, the claim has no end.
 * - When a lane is free, it is offered to the waiting run, and the claim ends two seconds later: a run that has not
 * come by then is paused, or has no workers.
 * - A run that holds a lane itself has no claim.
 */
export interface LaneClaim {
  /** The most visits to the origin if one of them belongs to the waiting run. */
  limit: number;
  /** Others leave room until then. */
  untilMs: number;
}

/** Special ends of claims. */
export const CLAIM_ENDS = {
  /** The run holds a lane itself. */
  past: 0,
  /** Others hold all lanes. Lua prints it with all its digits. */
  never: 9_999_999_999_999,
} as const;

/** How long a free lane is kept for a run to which it was offered. */
export const OFFER_MS = 2_000;

/**
 * The most visits to the origin at which a run with this limit may take another lane. A waiting run with a lower limit
 * must still be able to take one after it.
 */
export function limitBeside(limit: number, claims: Iterable<LaneClaim>, nowMs: number): number {
  let least = limit;
  for (const claim of claims) if (claim.limit < limit && nowMs < claim.untilMs) least = Math.min(least, claim.limit - 1);
  return least;
}
