import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteQueue } from '../../../src/engine/memory/byte-queue.ts';

const KIB = 1024;

test('returns the bytes of every text until they are dropped, also across pages', () => {
  const queue = new ByteQueue();
  const texts = [1, 60 * KIB, 200 * KIB, 0, 64 * KIB, 3].map((length, index) => Buffer.alloc(length, 97 + index));
  const places = texts.map((bytes) => ({ at: queue.append(bytes), bytes }));
  for (const [index, { at, bytes }] of places.entries()) {
    queue.dropBefore(at);
    for (const later of places.slice(index)) assert.ok(queue.read(later.at, later.bytes.length).equals(later.bytes));
    assert.ok(queue.read(at, bytes.length).equals(bytes));
  }
});

test('uses dropped pages again', () => {
  const queue = new ByteQueue();
  const before = process.memoryUsage().arrayBuffers;
  const bytes = Buffer.alloc(100 * KIB, 'x');
  for (let round = 0; round < 1_000; round++) queue.dropBefore(queue.append(bytes));
  // Nothing was allocated that a garbage collection would have to free.
  assert.ok(process.memoryUsage().arrayBuffers - before < 1_000 * KIB);
});
