import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextTickMs } from '../../../src/engine/memory/timer-ticks.ts';

for (const [what, lastMs, nowMs, dueMs] of [
  ['is taken at once', 1_000, 1_000, 1_100],
  ['is taken a little late', 1_000, 1_040, 1_100],
  ['is taken when the next is due', 1_000, 1_100, 1_100],
  ['is followed by one that passed', 1_000, 1_140, 1_100],
  ['is followed by several that passed', 1_000, 1_470, 1_400],
] as const) {
  test(`after a tick that ${what}, the next stays on the grid`, () => {
    assert.equal(nextTickMs(lastMs, 100, nowMs), dueMs);
  });
}
