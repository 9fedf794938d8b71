/** Statuses after which another attempt can help: 408, 429 and every 5xx but 501 and 505, which will not change their mind. */
export function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

const BASE_MS = 500;
const CAP_MS = 30_000;

/**
 * How long to wait before the next attempt: exponential with equal jitter, 250-500 ms after the first attempt,
 * doubling up to 30 s (named in "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 *
 * @param attempts attempts made so far, from 1
 * @param random returns numbers in [0, 1)
 */
export function backoffMs(attempts: number, random: () => number): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** (attempts - 1));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}

/** How often a server may answer "come back later" (Retry-After) for one URL before that is its outcome. */
export const MAX_DEFERRALS = 30;

/**
 * The longest Retry-After that is waited for. If a server asks for more, its answer is the outcome, without another attempt, and its origin is held
 * for this long. Otherwise a run would hang for hours on one host.
 */
export const MAX_OBEYED_WAIT_MS = 5 * 60_000;
