import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conditions } from '../../src/util/conditions.ts';

test('a condition is new only once, until it changes or ends', () => {
  const conditions = new Conditions();
  assert.deepEqual(
    ['full', 'full', 'loading', 'full', 'full'].map((text) => conditions.isNews(text)),
    [true, false, true, true, false],
  );
  assert.equal(conditions.end(), true);
  assert.equal(conditions.end(), false);
  assert.equal(conditions.isNews('full'), true);
});

test('each subject has its own conditions', () => {
  const conditions = new Conditions();
  assert.deepEqual([conditions.isNews('full', 'a'), conditions.isNews('full', 'b'), conditions.isNews('full', 'a')], [true, true, false]);
  assert.deepEqual([conditions.end('b'), conditions.isNews('full', 'a')], [true, false]);
});

test('limits memory by reporting conditions again when there are very many', () => {
  const conditions = new Conditions();
  for (let run = 0; run < 2_500; run++) assert.ok(conditions.isNews('full', `run-${run}`));
  assert.equal(conditions.isNews('full', 'run-2499'), false);
  assert.equal(conditions.isNews('full', 'run-0'), true);
});
