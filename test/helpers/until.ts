/**
 * How many times slower than an idle machine this one was when the run began, at least 1. `scripts/test.ts` measures it once;
 * a test file that is run by itself takes 1.
 */
const SLOWNESS = Math.max(1, Number(process.env.TRAWL_TEST_SLOWNESS) || 1);

/** A time limit of Trawl's own, such as `--timeout`, within which the test's other part has something to do: longer on a slow machine. */
export const scaledMs = (idleMs: number): number => Math.round(idleMs * SLOWNESS);

/** How long a test waits for anything before it fails. Far more than it takes: a deadline is there to end a test that hangs, never to measure time. */
export const DEADLINE_MS = scaledMs(60_000);

/** The longest time between two looks at a condition: short enough for tests, long enough to leave the processor to what they wait for. */
const MOST_BETWEEN_LOOKS_MS = 25;

/**
 * Resolves when the condition holds. Throws an error that names `what` if it does not within the deadline.
 * It looks often at first, and less often the longer it waits: a look may cost a request to Redis.
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
