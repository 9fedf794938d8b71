/**
 * How many times slower than an idle machine this one was when the run began, at least 1. `scripts/test.ts` measures it once;
 * a test file that is run by itself takes 1.
 */
const SLOWNESS = Math.max(1, Number(process.env.TRAWL_TEST_SLOWNESS) || 1);

/** A time limit of Trawl's own, such as `--timeout`, within which the test's other part has something to do: longer on a slow machine. */
export const scaledMs = (idleMs: number): number => Math.round(idleMs * SLOWNESS);

/** How long a test waits for anything before it fails. Far more than it takes: a deadline is there to end a test that hangs, never to measure time. */
export const DEADLINE_MS = scaledMs(60_000);

/** Resolves when the condition holds. Throws an error that names `what` if it does not within the deadline. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`waited ${DEADLINE_MS / 1_000} s in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
