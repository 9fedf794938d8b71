import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_ROUND_ENTRIES, mayBeginRound, RoundSize } from '../../../../src/engine/redis/visits/rounds.ts';

test('a checkout takes as many entries as the latest round shows to fit', () => {
  const size = new RoundSize();
  assert.equal(size.entries, MAX_ROUND_ENTRIES, 'before the first round');
  const rounds: Array<[started: number, tookMs: number, entries: number]> = [
    [50, 50, MAX_ROUND_ENTRIES],
    [50, 500, 20],
    [3, 300, 2],
    [1, 10_000, 1],
    [0, 10, 1],
    [1, 10, 20],
    [1, 0, MAX_ROUND_ENTRIES],
  ];
  for (const [started, tookMs, entries] of rounds) {
    size.record(started, tookMs);
    assert.equal(size.entries, entries, `${started} entries in ${tookMs} ms`);
  }
});

test('a visit begins rounds for two seconds, or for a quarter of one if another run may be waiting', () => {
  assert.ok(mayBeginRound(249, true));
  assert.ok(!mayBeginRound(250, true));
  assert.ok(mayBeginRound(1_999, false));
  assert.ok(!mayBeginRound(2_000, false));
});
