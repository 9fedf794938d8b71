import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { KeySet } from '../../src/core/key-set.ts';
import { until } from '../contracts/crew.ts';

test('knows every key that was added, and no other', () => {
  const set = new KeySet();
  const key = (index: number) => hash('sha1', String(index), 'hex').slice(0, 16);
  for (let index = 0; index < 100_000; index++) assert.equal(set.add(key(index)), true);
  for (let index = 0; index < 100_000; index += 97) assert.equal(set.add(key(index)), false);
  for (let index = 100_000; index < 101_000; index++) assert.equal(set.add(key(index)), true);
});

test('takes keys of zeros', () => {
  const set = new KeySet();
  for (const key of ['0000000000000000', '0000000100000000', '00000000ffffffff']) {
    assert.equal(set.add(key), true);
    assert.equal(set.add(key), false);
  }
});

test('costs at most 22 bytes a key', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const set = new KeySet();
  const before = process.memoryUsage().arrayBuffers;
  for (let index = 0; index < 1_000_000; index++) set.add(hash('sha1', String(index), 'hex').slice(0, 16));
  // Freed buffers are swept in the background.
  const held = () => {
    collectGarbage();
    return process.memoryUsage().arrayBuffers - before < 23_000_000;
  };
  await until(held, 'at most 23 MB for a million keys');
  assert.equal(set.add('0123456789abcdef'), true);
});
