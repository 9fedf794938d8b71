import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeBooks } from '../../src/collector/books.ts';
import type { RunCounts } from '../../src/engine/engine.ts';

const COUNTS: RunCounts = {
  state: 'open',
  submitted: 2,
  duplicates: 1,
  accepted: 1,
  discovered: 2,
  settled: 3,
  ok: 2,
  failed: 1,
  skipped: 0,
  leftOut: {},
  retries: 0,
  inFlight: 0,
  unreleased: 0,
  batches: 1,
  ended: true,
};
const TALLY = { rows: 3, seedRows: 1, ok: 2, failed: 1, skipped: 0 };

test('books say which links were left out, and have no such entry where there were none', () => {
  const { leftOut, balanced } = closeBooks({ ...COUNTS, leftOut: { scope: 4, depth: 0 } }, TALLY);
  assert.deepEqual(leftOut, { scope: 4 });
  assert.equal(balanced, true, 'what was left out is no row');
  for (const none of [{}, { scope: 0 }]) assert.equal('leftOut' in closeBooks({ ...COUNTS, leftOut: none }, TALLY), false);
});

test('books do not balance if a link that was taken has no row', () => {
  assert.equal(closeBooks({ ...COUNTS, discovered: 3 }, TALLY).balanced, false);
});
