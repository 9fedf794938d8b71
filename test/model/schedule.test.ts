import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRunId } from '../../src/model/run-id.ts';
import { isScheduleName, scheduledRunId } from '../../src/model/schedule.ts';

test('a name is short, begins with a letter, and has no character that a run id cannot have', () => {
  for (const name of ['nightly', 'a', 'Shop_2-eu', 'x'.repeat(40)]) assert.equal(isScheduleName(name), true, name);
  for (const name of ['', '2am', '-x', 'a b', 'a.b', 'a:b', 'a/b', 'ü', 'x'.repeat(41), 'x\n'])
    assert.equal(isScheduleName(name), false, name);
});

test('runs are named for the time at which they were due, and also the longest name makes a run id', () => {
  const dueMs = Date.parse('2026-11-30T03:00:05.900Z');
  assert.equal(scheduledRunId('nightly', dueMs, 'time'), 'nightly-20261130-030005');
  assert.equal(scheduledRunId('nightly', dueMs, 'hand'), 'nightly-20261130-030005-now');
  assert.ok(isRunId(scheduledRunId('x'.repeat(40), dueMs, 'hand')));
});
