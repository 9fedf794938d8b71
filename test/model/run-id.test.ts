import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRunId, newRunId } from '../../src/model/run-id.ts';

test('a new run id begins with the time in UTC and is valid', () => {
  const id = newRunId(Date.UTC(2026, 10, 23, 10, 15, 0, 999), () => 0);
  assert.equal(id, '20261123-101500-222222');
  assert.ok(isRunId(id));
});

test('rejects ids that are integers, too long, reserved or not safe as folder names', () => {
  for (const text of ['', '7', 'latest', 'a/b', '..', '.a', 'a:b', 'ä', 'a'.repeat(65)]) assert.equal(isRunId(text), false, text);
  for (const text of ['a', '7a', 'nightly-20261130-030000', 'a'.repeat(64)]) assert.equal(isRunId(text), true, text);
});
