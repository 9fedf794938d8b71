/**
 * How many times slower than an idle machine this one was when the run began, at least 1. `scripts/test.ts` measures it once;
 * for a test file that is run by itself, it is 1.
 */
const SLOWNESS = Math.max(1, Number(process.env.TRAWL_TEST_SLOWNESS) || 1);

/** For one of Trawl's own time limits, such as `--timeout`, within which another part of the test must do something. It is longer on a slow machine. */
export const scaledMs = (idleMs: number): number => Math.round(idleMs * SLOWNESS);

/**
 * How long a test waits for anything before it fails. This is far longer than it should take, because a deadline only ends a test that hangs; it never measures time.
 * A machine that was idle when its slowness was measured may be busy later.
 */
export const DEADLINE_MS = scaledMs(90_000);

/** The longest time between two checks of a condition: short enough for tests, and long enough to leave the processor to the work they wait for. */
const MOST_BETWEEN_LOOKS_MS = 25;

/**
 * Resolves when the condition holds. Throws an error that names `what` if it does not within the deadline.
 * It checks often at first, and less often the longer it waits, because a check may cost a request to Redis.
 */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const startMs = performance.now();
  while (!(await condition())) {
    const waitedMs = performance.now() - startMs;
    if (waitedMs > DEADLINE_MS) throw new Error(`waited ${DEADLINE_MS / 1_000} s in vain for: ${what}`);
    const pauseMs = Math.min(MOST_BETWEEN_LOOKS_MS, Math.max(2, waitedMs / 10));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
