/**
 * True for statuses after which another attempt may succeed: 408, 429, and 5xx except 501 and 505, which are permanent.
 */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

const BASE_MS = 500;
const CAP_MS = 30_000;

/**
 * How long to wait before the next attempt, in milliseconds: exponential backoff with equal jitter, 250-500 ms after
 * the first attempt, doubling up to 30 s ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 *
 * @param attempts attempts made so far, from 1
 * @param random returns numbers in [0, 1)
 */
export function backoffMs(attempts: number, random: () => number): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** (attempts - 1));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}

/**
 * How often one URL may be put off because the server asks to come back later (Retry-After). After that, the answer is
 * its outcome.
 */
export const MAX_DEFERRALS = 30;

/**
 * The longest Retry-After that is obeyed, in milliseconds. If a server asks for more, its answer is the outcome without
 * another attempt, and its origin is held for this long. Otherwise one host could make a run hang for hours.
 */
export const MAX_OBEYED_WAIT_MS = 5 * 60_000;
