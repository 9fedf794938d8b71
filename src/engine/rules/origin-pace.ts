/**
 * The pace of an origin that asked for patience (429, or another status that is retried with Retry-After): additive
 * increase, multiplicative decrease, as in TCP (RFC 5681, section 3.1). Each time that it
 * asks, half as many requests are in flight to it, at least one; for each second in which it only answered, one more,
 * until all runs have their limits again.
 */
export interface Pace {
  /** Requests that may be in flight to it. */
  lanes: number;
  /** The highest limit of the runs that met the origin since it asked. */
  most: number;
  changedAtMs: number;
  /**
   * It asked for no requests before then. Answers until then that ask for a pause are to requests that were already
   * under way, and do not slow it further.
   */
  askedUntilMs: number;
  /** Consecutive answers that asked for a pause. */
  asks: number;
}

/** After this long without asking for a pause, an origin gets another lane. */
export const FASTER_AFTER_MS = 1_000;

/** The pace after the origin asked for a pause. @param lanes the run's limit */
export function slower(pace: Pace | undefined, lanes: number, holdMs: number, nowMs: number): Pace {
  const most = Math.max(pace?.most ?? 0, lanes);
  const until = Math.max(pace?.askedUntilMs ?? 0, nowMs + holdMs);
  const asks = (pace?.asks ?? 0) + 1;
  if (pace !== undefined && nowMs < pace.askedUntilMs) return { ...pace, most, askedUntilMs: until, asks };
  return { lanes: Math.max(1, Math.floor(Math.min(pace?.lanes ?? lanes, lanes) / 2)), most, changedAtMs: nowMs, askedUntilMs: until, asks };
}

/** The pace after an answer. Undefined if the origin is no longer slowed. */
export function faster(pace: Pace, lanes: number, nowMs: number): Pace | undefined {
  const most = Math.max(pace.most, lanes);
  if (nowMs - Math.max(pace.changedAtMs, pace.askedUntilMs) < FASTER_AFTER_MS) return { ...pace, most, asks: 0 };
  return pace.lanes + 1 >= most ? undefined : { ...pace, lanes: pace.lanes + 1, most, changedAtMs: nowMs, asks: 0 };
}
