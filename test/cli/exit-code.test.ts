import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EXIT, exitCodeOfRun, worstExitCode } from '../../src/cli/exit-code.ts';
import type { RunSummary } from '../../src/model/run-summary.ts';

function summary(state: RunSummary['state'], failed: number, balanced: boolean): RunSummary {
  const books = { submitted: 10, duplicates: 0, accepted: 10, discovered: 0, rows: 10, ok: 10 - failed, failed, skipped: 0, balanced };
  return { run: 'r', state, startedAt: '2026-01-01T00:00:00.000Z', books };
}

test('the exit codes have the documented numbers', () => {
  assert.deepEqual(EXIT, {
    ok: 0,
    internal: 1,
    failed: 2,
    usage: 3,
    stopped: 4,
    unbalanced: 5,
    redis: 8,
    sighup: 129,
    sigint: 130,
    sigterm: 143,
  });
});

test('the exit code of an ended run depends on failures, gates and the balance of its counts', () => {
  assert.equal(exitCodeOfRun(summary('ended', 0, true), true), 0);
  assert.equal(exitCodeOfRun(summary('ended', 1, true), false), 2);
  assert.equal(exitCodeOfRun(summary('ended', 1, true), true), 0);
  assert.equal(exitCodeOfRun(summary('ended', 1, false), true), 5);
});

test('a signal after the end of the run does not change the exit code', () => {
  assert.equal(exitCodeOfRun(summary('ended', 1, true), false, 'SIGINT'), 2);
});

test('the exit code of a stopped run says which signal stopped it', () => {
  assert.equal(exitCodeOfRun(summary('stopped', 3, false), false, 'SIGINT'), 130);
  assert.equal(exitCodeOfRun(summary('stopped', 0, false), false, 'SIGTERM'), 143);
  assert.equal(exitCodeOfRun(summary('stopped', 0, false), false), 4);
});

test('the exit code for several runs is the most serious one', () => {
  assert.equal(worstExitCode([]), 0);
  assert.equal(worstExitCode([0, 2, 0]), 2);
  assert.equal(worstExitCode([2, 5, 0]), 5);
  assert.equal(worstExitCode([2, 130, 5]), 130);
});
