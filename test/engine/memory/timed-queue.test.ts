import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TimedQueue } from '../../../src/engine/memory/timed-queue.ts';

test('returns due items by time, and first in, first out for equal times', () => {
  const queue = new TimedQueue<string>();
  const times = Array.from({ length: 500 }, (_, index) => (index * 7919) % 50);
  for (const [index, atMs] of times.entries()) queue.push(atMs, `${String(atMs).padStart(2, '0')}-${String(index).padStart(3, '0')}`);
  assert.equal(queue.nextMs, 0);
  assert.equal(queue.popDue(-1), undefined);
  const out: string[] = [];
  for (let value = queue.popDue(24); value !== undefined; value = queue.popDue(24)) out.push(value);
  assert.deepEqual(out, [...out].sort());
  assert.equal(out.length, times.filter((atMs) => atMs <= 24).length);
  assert.equal(queue.nextMs, 25);
  assert.equal(queue.size, 500 - out.length);
});

test('an empty queue has no next time', () => {
  assert.equal(new TimedQueue().nextMs, Number.POSITIVE_INFINITY);
});
