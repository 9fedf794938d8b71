import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_BATCH_LINES, PendingLines } from '../../src/producer/pending-lines.ts';

/** Adds the lines in chunks of this size, and returns the batches, each as the sizes of its lines. */
function batches(lines: readonly string[], pieceLines: number): number[][] {
  const pending = new PendingLines(false);
  const taken: string[][] = [];
  for (let at = 0; at < lines.length; at += pieceLines) {
    pending.add(lines.slice(at, at + pieceLines));
    while (pending.isFull) taken.push([...pending.take().lines]);
  }
  while (pending.count > 0) taken.push([...pending.take().lines]);
  assert.deepEqual(taken.flat(), lines);
  return taken.map((batch) => batch.map(({ length }) => length));
}

test('a batch has at most a thousand lines, and at most a megabyte', () => {
  const short = Array.from({ length: 2_500 }, () => 'x');
  assert.deepEqual(
    batches(short, 700).map((batch) => batch.length),
    [MAX_BATCH_LINES, MAX_BATCH_LINES, 500],
  );
  const long = Array.from({ length: 25 }, () => 'x'.repeat(100_000));
  assert.deepEqual(
    batches(long, 3).map((batch) => batch.length),
    [10, 10, 5],
  );
  assert.deepEqual(batches(['x'.repeat(3_000_000), 'y', ''], 1), [[3_000_000], [1, 0]]);
});

test('batches do not depend on the chunks in which their lines arrive', () => {
  const lines = Array.from({ length: 400 }, (_, index) => 'x'.repeat([0, 250_000, 500_000, 1, 999_999, 1_000_000][index % 6] as number));
  const whole = batches(lines, lines.length);
  for (const pieceLines of [1, 2, 3, 7, 100]) assert.deepEqual(batches(lines, pieceLines), whole);
});

test('line numbers continue from batch to batch', () => {
  const pending = new PendingLines(false);
  pending.add(Array.from({ length: 1_001 }, () => ''));
  assert.deepEqual([pending.take().firstLine, pending.take().firstLine], [1, 1_001]);
});
