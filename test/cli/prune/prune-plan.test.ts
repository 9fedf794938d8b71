import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toCompress, tooMany, tooOld } from '../../../src/cli/prune/prune-plan.ts';

const NOW_MS = 100_000;
const RUNS = [
  { run: 'new', bytes: 10, endedMs: 90_000 },
  { run: 'older', bytes: 20, endedMs: 20_000 },
  { run: 'old', bytes: 30, endedMs: 40_000 },
];
const names = (runs: readonly { run: string }[]) => runs.map(({ run }) => run);

test('runs that ended longer ago than the limit are too old, the oldest first', () => {
  assert.deepEqual(names(tooOld(RUNS, { keepMs: 50_000 }, NOW_MS)), ['older', 'old']);
  assert.deepEqual(names(tooOld(RUNS, { keepMs: 60_000 }, NOW_MS)), ['older']);
  assert.deepEqual(names(tooOld(RUNS, { keepMs: 0 }, NOW_MS)), ['older', 'old', 'new']);
  assert.deepEqual(names(tooOld(RUNS, {}, NOW_MS)), []);
  assert.deepEqual(names(tooOld([{ run: 'of a wrong clock', bytes: 1, endedMs: NOW_MS + 5_000 }], { keepMs: 0 }, NOW_MS)), []);
});

test('the oldest runs are removed until all folders are small enough, including those that may not be removed', () => {
  assert.deepEqual(names(tooMany(RUNS, { keepBytes: 60 }, 60)), []);
  assert.deepEqual(names(tooMany(RUNS, { keepBytes: 59 }, 60)), ['older']);
  assert.deepEqual(names(tooMany(RUNS, { keepBytes: 39 }, 60)), ['older', 'old']);
  assert.deepEqual(names(tooMany(RUNS, { keepBytes: 100 }, 1_000)), ['older', 'old', 'new']);
  assert.deepEqual(names(tooMany(RUNS, { keepBytes: 0 }, 60)), ['older', 'old', 'new']);
  assert.deepEqual(names(tooMany(RUNS, {}, 60)), []);
});

test('logs are compressed by the time at which their run ended', () => {
  assert.deepEqual(names(toCompress(RUNS, { compressAfterMs: 50_000 }, NOW_MS)), ['older', 'old']);
  assert.deepEqual(names(toCompress(RUNS, {}, NOW_MS)), []);
});
