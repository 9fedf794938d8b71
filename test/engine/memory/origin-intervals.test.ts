import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OriginIntervals } from '../../../src/engine/memory/origin-lanes.ts';

const origins = ['http://a.test', 'http://b.test', 'http://c.test'] as const;
const robots = (keepMs = 60_000) => ({ text: '', keepMs, intervalMs: 500 });

test('the least recently learnt interval is dropped when there are too many', () => {
  const intervals = new OriginIntervals(2);
  const [a, b, c] = origins;
  for (const origin of [a, b, a, c]) intervals.learn(origin, robots(), 0);
  assert.deepEqual(
    [a, b, c].map((origin) => intervals.of(origin, 1)),
    [500, 0, 500],
  );
});

test('an interval outlives its robots.txt by one lease, so that the file can be fetched again', () => {
  const intervals = new OriginIntervals();
  intervals.learn(origins[0], robots(1_000), 0);
  assert.deepEqual([intervals.of(origins[0], 60_999), intervals.of(origins[0], 61_000)], [500, 0]);
});
