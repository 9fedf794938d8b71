import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { KeyMap } from '../../src/util/key-map.ts';

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

test('grows without leaving its former memory to the garbage collector', () => {
  const map = new KeyMap();
  let added = 0;
  const grownTo = (keys: number) => {
    for (; added < keys; added++) map.add(keyOf(added), 1);
    return process.memoryUsage().arrayBuffers;
  };
  const before = grownTo(600_000);
  const perKey = (grownTo(1_300_000) - before) / 700_000;
  assert.ok(perKey < 12, `${perKey} bytes for each further key`);
  assert.equal(map.get(keyOf(0)), 1);
});
