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

test('a run that goes on balances with rows that no page leads to any more: they were found once', () => {
  const tally = { ...TALLY, rows: 5, ok: 3, failed: 2 };
  const { discovered, balanced } = closeBooks(COUNTS, tally, true);
  assert.deepEqual([discovered, balanced], [4, true]);
  assert.equal(closeBooks(COUNTS, tally).balanced, false, 'any other run has no such rows');
});

test('a run that goes on balances with a line whose row is that of a link', () => {
  const tally = { ...TALLY, seedRows: 0 };
  assert.equal(closeBooks(COUNTS, tally, true).balanced, true);
  assert.equal(closeBooks(COUNTS, tally).balanced, false);
});

test('a run that goes on does not balance if its log lacks a row of the engine', () => {
  for (const lacking of [
    { rows: 2, ok: 1 },
    { rows: 4, ok: 1, failed: 3 },
  ])
    assert.equal(closeBooks(COUNTS, { ...TALLY, ...lacking }, true).balanced, false, JSON.stringify(lacking));
});

test('rows that were not met yet are no links that were found while the run goes on', () => {
  assert.equal(closeBooks({ ...COUNTS, ended: false }, { ...TALLY, rows: 5, ok: 3, failed: 2 }, true).discovered, 2);
});
