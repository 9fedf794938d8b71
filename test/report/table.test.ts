import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../src/core/outcome.ts';
import { TableMeasure, tableFormat } from '../../src/report/table.ts';
import { EXERCISE, HOSTILE, outcome } from './sample-log.ts';

function table(outcomes: readonly Outcome[], terminal?: { columns: number }): string {
  const measure = new TableMeasure(terminal);
  for (const row of outcomes) measure.add(row);
  const format = tableFormat(measure.result(), terminal);
  return format.head + outcomes.map((row, index) => format.row(row, JSON.stringify(row), index)).join('') + format.foot;
}

const linesOf = (text: string) => text.trimEnd().split('\n');

test('a row without a status shows its verdict, and cells without a value a dash', () => {
  const [, , dns, timeout] = linesOf(table([outcome({ verdict: 'dns' }), outcome({ verdict: 'timeout', latencyMs: 30_000.4 })]));
  assert.match(dns ?? '', /^http:\/\/example\.com {17}dns {6}- {7}-$/);
  assert.match(timeout ?? '', / timeout {2}- {7}30000ms$/);
});

test('a failure after the status line shows the verdict, not the status that looked well', () => {
  const [, , row] = linesOf(table([outcome({ verdict: 'reset', status: 200 })]));
  assert.match(row ?? '', /\breset\b/);
  assert.doesNotMatch(row ?? '', /\b200\b/);
});

test('a failed status shows as the status', () => {
  for (const [verdict, status] of [
    ['broken', 404],
    ['blocked', 403],
    ['rate-limited', 429],
  ] as const) {
    assert.match(table([outcome({ verdict, status })]), new RegExp(`^http://example\\.com +${status} `, 'm'));
  }
});

test('columns are as wide as their widest cell', () => {
  const url = `http://example.com/${'a'.repeat(60)}`;
  const rows = [outcome({ url, verdict: 'too-many-redirects' }), outcome({ status: 200, sizeBytes: 123_456_789, latencyMs: 1 })];
  const [header, rule, long, short] = linesOf(table(rows));
  assert.equal(header?.indexOf('Status'), url.length + 2);
  assert.equal(header?.indexOf('Size'), url.length + 2 + 'too-many-redirects'.length + 2);
  assert.equal(short?.indexOf('123456789B'), header?.indexOf('Size'));
  assert.equal(short?.indexOf('1ms'), header?.indexOf('Latency'));
  assert.equal(long?.indexOf('too-many-redirects'), header?.indexOf('Status'));
  assert.equal(rule?.length, header?.length);
});

test('off a terminal a very long URL stands uncut and widens no other row', () => {
  const url = `http://example.com/${'a'.repeat(5_000)}`;
  const [header, , long] = linesOf(table([outcome({ url, status: 200 }), ...EXERCISE]));
  assert.ok(long?.startsWith(`${url}  200`));
  assert.equal(header?.indexOf('Status'), 35);
});

test('on a terminal no line is wider than it, and a URL loses its middle', () => {
  const url = `http://example.com/${'a'.repeat(200)}/the-end.html`;
  const rows = [outcome({ url, status: 200, sizeBytes: 1, latencyMs: 12_345 }), ...EXERCISE, ...HOSTILE.slice(0, 4)];
  for (const columns of [64, 80, 100, 150]) {
    const lines = linesOf(table(rows, { columns })).slice(0, -2);
    for (const line of lines) assert.ok([...line].length <= columns, `${columns}: ${line}`);
    assert.match(lines[2] ?? '', /^http:\/\/ex.*….*the-end\.html {2}200 /);
  }
});

test('a wide terminal cuts nothing', () => {
  assert.equal(table(EXERCISE, { columns: 200 }), table(EXERCISE));
});

test('a terminal that is narrower than the other columns still shows something of each URL', () => {
  for (const columns of [1, 20]) assert.match(table(EXERCISE, { columns }), /^http:\/….*2 {2}200 {5}312B {4}2045ms$/m);
});

test('a terminal that says it has 0 columns is taken to have 80', () => {
  assert.equal(table(EXERCISE, { columns: 0 }), table(EXERCISE, { columns: 80 }));
});

const many = Array.from({ length: 1_001 }, (_, n) =>
  outcome(n % 500 === 7 ? { url: `http://h/${n}`, verdict: 'refused' } : { url: `http://h/${'x'.repeat(50)}${n}`, status: 200 }),
);

test('a terminal gets up to 1,000 rows in full', () => {
  assert.equal(linesOf(table(many.slice(0, 1_000), { columns: 80 })).length, 2 + 1_000 + 2);
});

test('beyond 1,000 rows a terminal gets the failures, a line that says so, and the total of all', () => {
  const lines = linesOf(table(many, { columns: 80 }));
  assert.deepEqual(lines.slice(2), [
    'http://h/7                         refused  -       -',
    'http://h/507                       refused  -       -',
    '',
    'Of 1001 rows, only the failures are shown here; a file or a pipe gets every row.',
    'Total: 1001 URLs, 999 success, 2 failed',
  ]);
});

test('beyond 1,000 rows without a failure a terminal gets no empty table', () => {
  const fine = Array.from({ length: 1_001 }, () => outcome({ status: 200 }));
  assert.deepEqual(linesOf(table(fine, { columns: 80 })), [
    'Of 1001 rows, only the failures are shown here; a file or a pipe gets every row.',
    'Total: 1001 URLs, 1001 success, 0 failed',
  ]);
});

test('off a terminal every row is there, however many', () => {
  assert.equal(linesOf(table(many)).length, 2 + 1_001 + 2);
});

test('a run without rows has its header and total', () => {
  assert.deepEqual(linesOf(table([])).slice(2), ['', 'Total: 0 URLs, 0 success, 0 failed']);
});
