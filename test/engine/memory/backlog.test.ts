import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backlog } from '../../../src/engine/memory/backlog.ts';
import { ChunkStore } from '../../../src/engine/memory/chunk-store.ts';
import type { Entry } from '../../../src/model/entry.ts';

test('many given-back entries are packed, and come before the others', () => {
  const store = new ChunkStore();
  const backlog = new Backlog('http://a.test', store);
  const entry = (name: string): Entry => ({
    key: name,
    url: `http://a.test/${name}`,
    origin: 'http://a.test',
    depth: 0,
    attempts: 0,
    deferrals: 0,
    acceptedAtMs: 1,
  });
  backlog.append(entry('first'));
  const returned = Array.from({ length: 3_000 }, (_, index) => `${index}`);
  for (const name of returned) backlog.putBack(entry(name));
  assert.ok(store.bytesInMemory > 0, 'none was packed');
  assert.equal(backlog.size, 3_001);
  const taken = Array.from({ length: 3_001 }, () => backlog.take()?.key);
  assert.deepEqual(new Set(taken.slice(0, -1)), new Set(returned));
  assert.equal(taken.at(-1), 'first');
  assert.deepEqual([backlog.size, backlog.take()], [0, undefined]);
});
