import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isoTime } from '../../src/util/clock.ts';

test('formats a time as Date does, in any order of calls', () => {
  for (const ms of [
    0, 1, 999, 1_000, 1_790_000_000_007, 1_790_000_000_070, 1_790_000_000_700, 1_789_999_999_999, 1_790_000_000_007, 253_402_300_799_999,
    -1,
  ]) {
    assert.equal(isoTime(ms), new Date(ms).toISOString());
  }
  assert.equal(isoTime(1_790_000_000_007.9), new Date(1_790_000_000_007).toISOString());
});
