import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeBooks } from '../../src/collector/books.ts';
import type { RunCounts } from '../../src/engine/run-counts.ts';

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

test('the books count skipped links by reason, and omit the field if there are none', () => {
  const { leftOut, balanced } = closeBooks({ ...COUNTS, leftOut: { scope: 4, depth: 0 } }, TALLY);
  assert.deepEqual(leftOut, { scope: 4 });
  assert.equal(balanced, true, 'skipped links are not rows');
  for (const none of [{}, { scope: 0 }]) assert.equal('leftOut' in closeBooks({ ...COUNTS, leftOut: none }, TALLY), false);
});

test('books do not balance if an accepted link has no row', () => {
  assert.equal(closeBooks({ ...COUNTS, discovered: 3 }, TALLY).balanced, false);
});

test('a resumed run balances with rows that no page links to now: they count as discovered', () => {
  const tally = { ...TALLY, rows: 5, ok: 3, failed: 2 };
  const { discovered, balanced } = closeBooks(COUNTS, tally, true);
  assert.deepEqual([discovered, balanced], [4, true]);
  assert.equal(closeBooks(COUNTS, tally).balanced, false, 'a run that was not resumed has no such rows');
});

test('a resumed run balances with a line whose row is that of a link', () => {
  const tally = { ...TALLY, seedRows: 0 };
  assert.equal(closeBooks(COUNTS, tally, true).balanced, true);
  assert.equal(closeBooks(COUNTS, tally).balanced, false);
});

test('a resumed run does not balance if its log lacks a row of the engine', () => {
  for (const lacking of [
    { rows: 2, ok: 1 },
    { rows: 4, ok: 1, failed: 3 },
  ])
    assert.equal(closeBooks(COUNTS, { ...TALLY, ...lacking }, true).balanced, false, JSON.stringify(lacking));
});

test('before the end of a run, rows that are not found again do not count as discovered', () => {
  assert.equal(closeBooks({ ...COUNTS, ended: false }, { ...TALLY, rows: 5, ok: 3, failed: 2 }, true).discovered, 2);
});
