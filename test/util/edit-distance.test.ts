import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance } from '../../src/util/edit-distance.ts';

for (const [a, b, distance] of [
  ['', '', 0],
  ['', 'abc', 3],
  ['status', 'statsu', 1],
  ['kitten', 'sitting', 3],
  ['ca', 'abc', 3],
  ['flaw', 'lawn', 2],
  ['same', 'same', 0],
] as const) {
  test(`${a} and ${b} differ by ${distance}`, () => {
    assert.deepEqual([editDistance(a, b), editDistance(b, a)], [distance, distance]);
  });
}

test('with a limit, distances up to it are exact, and larger ones are reported as the limit plus one', () => {
  const letters = (n: number) => Array.from({ length: 1 + (n % 7) }, (_, at) => 'abc'[Math.floor(n / 3 ** at) % 3]).join('');
  for (let a = 0; a < 200; a++) {
    for (let b = 0; b < 200; b += 7) {
      const exact = editDistance(letters(a), letters(b));
      for (let most = 0; most < 5; most++) assert.equal(editDistance(letters(a), letters(b), most), Math.min(exact, most + 1));
    }
  }
});
