import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { KeyMap } from '../../src/util/key-map.ts';
import { until } from '../contracts/crew.ts';

const keyOf = (index: number) => hash('sha1', String(index), 'hex').slice(0, 16);

test('returns the number of every key that was set, and 0 for other keys', () => {
  const map = new KeyMap();
  const numbers = new Map<string, number>();
  for (let index = 0; index < 20_000; index++) {
    const [key, value] = [keyOf(index), 1 + (index % 255)];
    assert.equal(map.add(key, value), 0);
    numbers.set(key, value);
  }
  for (let index = 0; index < 20_000; index += 97) {
    assert.equal(map.add(keyOf(index), 9), 1 + (index % 255));
    map.set(keyOf(index), 200);
    numbers.set(keyOf(index), 200);
  }
  for (let index = 20_000; index < 21_000; index++) assert.equal(map.get(keyOf(index)), 0);
  assert.deepEqual(new Map(map), numbers);
});

test('distinguishes keys that differ in one digit, including the key of zeros', () => {
  const map = new KeyMap();
  const keys = [
    '0'.repeat(16),
    ...Array.from({ length: 16 }, (_, at) => ['1', 'f'].map((digit) => '0'.repeat(at) + digit + '0'.repeat(15 - at))).flat(),
  ];
  keys.forEach((key, index) => {
    map.set(key, index + 1);
  });
  assert.deepEqual([...map].sort(), keys.map((key, index) => [key, index + 1]).sort());
});

test('takes at most 16 bytes per key, however many there are', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const map = new KeyMap();
  const before = process.memoryUsage().arrayBuffers;
  // The steps are smaller than one growth, so that some step comes right after a growth, when the map is least full.
  for (let [keys, added] = [150_000, 0]; keys < 300_000; keys *= 1.2) {
    for (; added < keys; added++) map.add(keyOf(added), 1);
    // V8 frees unused buffers in the background.
    const held = () => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers - before < 16 * added;
    };
    await until(held, `at most 16 bytes for each of ${added} keys`);
  }
  assert.equal(map.get(keyOf(0)), 1);
});
