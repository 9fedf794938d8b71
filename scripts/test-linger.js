/**
 * Preloaded into every test file: a process that lives on for 20 s after its last test says what keeps it, and fails.
 * Without it, node waits until the file's timeout and says nothing.
 */
import { isMainThread } from 'node:worker_threads';

// Not into processes that a test starts with its own options: node's test harness would take over their errors.
if (isMainThread && process.env.NODE_TEST_CONTEXT !== undefined && process.argv[1]?.endsWith('.test.ts')) {
  const { afterEach, beforeEach } = await import('node:test');
  let running = 0;
  let timer;
  beforeEach(() => {
    running += 1;
    clearTimeout(timer);
  });
  afterEach(() => {
    running -= 1;
    if (running === 0) timer = setTimeout(fail, 20_000).unref();
  });
}

function fail() {
  const resources = process.getActiveResourcesInfo().join(', ');
  process.stderr.write(`tests: ${process.argv[1]} is done, but its process does not end. It holds: ${resources}\n`);
  process.exit(1);
}
