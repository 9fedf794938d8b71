/**
 * Preloaded into every test file, so that nothing hangs without a word:
 * - A test that does not end within its limit is named, and its file fails. Tests need no timeout of their own.
 * - A process that lives on long after its last test says what keeps it, and fails.
 */
import { isMainThread } from 'node:worker_threads';

/** `scripts/test.ts` measures how much slower this machine is than an idle one. */
const SLOWNESS = Number(process.env.TRAWL_TEST_SLOWNESS) || 1;
/** Longer than the longest wait within a test, which fails first and says for what. */
const TEST_LIMIT_MS = 600_000 * SLOWNESS;
const LINGER_LIMIT_MS = 60_000 * SLOWNESS;

// Not into processes that a test starts with its own options: node's test harness would take over their errors.
if (isMainThread && process.env.NODE_TEST_CONTEXT !== undefined && /\.test\.(?:ts|mjs)$/.test(process.argv[1] ?? '')) {
  const { afterEach, beforeEach } = await import('node:test');
  const limits = new Map();
  let linger;
  beforeEach((test) => {
    clearTimeout(linger);
    const late = () => fail(`"${test.fullName ?? test.name}" in ${process.argv[1]} has not ended after ${TEST_LIMIT_MS / 1_000} s`);
    limits.set(test, setTimeout(late, TEST_LIMIT_MS).unref());
  });
  afterEach((test) => {
    clearTimeout(limits.get(test));
    limits.delete(test);
    const lives = () => fail(`${process.argv[1]} is done, but its process does not end`);
    if (limits.size === 0) linger = setTimeout(lives, LINGER_LIMIT_MS).unref();
  });
}

function fail(problem) {
  process.stderr.write(`tests: ${problem}. It holds: ${process.getActiveResourcesInfo().join(', ')}\n`);
  process.exit(1);
}
