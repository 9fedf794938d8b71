import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutcomeLog } from '../../../src/engine/memory/outcome-log.ts';

const COLLECTOR = { id: 'c', folder: 'f' };

function logOf(lines: readonly string[]): OutcomeLog {
  const log = new OutcomeLog('r', 100_000);
  log.claim(COLLECTOR, 'fresh', 0);
  for (const line of lines) log.append(line);
  return log;
}

function readAll(log: OutcomeLog, from: string): string[] {
  const lines: string[] = [];
  for (let batch = log.read(from); batch !== undefined; batch = log.read(batch.cursor)) lines.push(...batch.lines);
  return lines;
}

const LINES = Array.from({ length: 3_500 }, (_, index) =>
  JSON.stringify({ row: index, title: 'h\u00e9 \u{1f600} \ud800'.repeat(index % 50) }),
);

test('outcomes can be read again from every position until they are released', () => {
  const log = logOf(LINES);
  assert.deepEqual(readAll(log, ''), LINES);
  for (const from of [0, 1, 999, 1_000, 2_345, 3_499, 3_500]) assert.deepEqual(readAll(log, String(from)), LINES.slice(from));
  log.release('1500', COLLECTOR);
  assert.equal(log.unreleased, 2_000);
  assert.deepEqual(readAll(log, '1500'), LINES.slice(1_500));
  assert.throws(() => log.read('1499'), /cursor 1499 is gone/);
});

test('reading can begin at a position that was never read up to', () => {
  const log = logOf(LINES);
  assert.deepEqual(readAll(log, '2345'), LINES.slice(2_345));
  assert.deepEqual(readAll(log, '3'), LINES.slice(3));
  assert.equal(log.read('3500'), undefined);
  log.append('{}');
  assert.deepEqual(readAll(log, '3500'), ['{}']);
  log.release('3501', COLLECTOR);
  assert.equal(log.unreleased, 0);
});

test('is full by the length of its outcomes, until they are released', () => {
  const log = logOf([]);
  const line = JSON.stringify('x'.repeat(4_000_000));
  for (let index = 0; index < 17; index++) log.append(line);
  assert.equal(log.isFull, true);
  assert.equal(readAll(log, '').length, 17);
  assert.equal(log.isFull, true);
  log.release('2', COLLECTOR);
  assert.equal(log.isFull, false);
  log.release('17', COLLECTOR);
  for (let index = 0; index < 16; index++) log.append(line);
  assert.equal(log.isFull, false);
});
