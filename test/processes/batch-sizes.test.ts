import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchSizes } from '../../src/processes/batch-sizes.ts';

const ORIGIN = 'http://a.test';

test('as many entries are sent at once as are fetched in 25 ms, up to 16', () => {
  const sizes = new BatchSizes();
  assert.equal(sizes.of(ORIGIN), 1);
  for (const [entries, elapsedMs, size] of [
    [1, 5, 5],
    [5, 50, 2],
    [16, 4, 16],
    [4, 0, 16],
    [2, 400, 1],
  ] as const) {
    sizes.learn(ORIGIN, entries, elapsedMs);
    assert.equal(sizes.of(ORIGIN), size);
  }
});

test('a limited number of origins is remembered', () => {
  const sizes = new BatchSizes();
  const known = () => Array.from({ length: 5_000 }, (_, index) => sizes.of(`http://${index}.test`)).filter((size) => size > 1).length;
  for (let index = 0; index < 5_000; index++) sizes.learn(`http://${index}.test`, 1, 1);
  assert.ok(known() <= 1_000, `${known()} origins`);
  sizes.learn(ORIGIN, 1, 1);
  assert.equal(sizes.of(ORIGIN), 16);
});
