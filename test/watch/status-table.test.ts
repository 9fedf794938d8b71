import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { columnsOf } from '../../src/report/shown-text.ts';
import type { Check } from '../../src/watch/check.ts';
import { coloured, plain } from '../../src/watch/paint.ts';
import { statusTable } from '../../src/watch/status-table.ts';
import { unwatched, type Watched, watchedOnce } from '../../src/watch/watched.ts';
import { aCheck } from './a-check.ts';

function watchedAs(url: string, checks: readonly Check[], latencyMs?: number): Watched {
  const service = { url, shownUrl: url, ...(latencyMs !== undefined && { latencyMs }) };
  const rules = { confirm: 1, certificateDays: 14 };
  return checks.reduce((watched, check) => watchedOnce(watched, check, rules).watched, unwatched(service, aCheck('up', 0).atMs));
}

const many = (found: Check['found'], count: number) => Array.from({ length: count }, (_, second) => aCheck(found, second));
const NOW_MS = aCheck('up', 30).atMs;
const ALL = [
  watchedAs('https://example.com/health', many('up', 25), 500),
  watchedAs('https://example.com/search', [...many('up', 2), aCheck('slow', 2)], 500),
  watchedAs('https://example.org/', [...many('up', 2), aCheck('down', 2, { latencyMs: 3 })]),
  watchedAs('https://example.net/', []),
];

test('the table shows state, time in it, last result, latency, uptime and the last twenty checks', () => {
  assert.equal(
    statusTable(ALL, NOW_MS),
    [
      'Service                     State    For   Last  Latency  Uptime  Checks',
      'https://example.com/health  up       30 s  200   120 ms   100 %   ▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂',
      'https://example.com/search  slow     28 s  200   900 ms   100 %   ▂▂█',
      'https://example.org/        down     28 s  503   3 ms     67 %    ██✗',
      'https://example.net/        unknown  -     -     -        -',
    ].join('\n'),
  );
});

for (const columns of [20, 25, 40, 60, 79, 80, 100, 200]) {
  test(`on a terminal of ${columns} columns, all lines are narrower than that, even with colours`, () => {
    const plainText = statusTable(ALL, NOW_MS, { columns, rows: 30, paint: plain });
    const widest = Math.max(...plainText.split('\n').map(columnsOf));
    assert.ok(widest <= columns - 1, `${widest} columns:\n${plainText}`);
    assert.equal(stripVTControlCharacters(statusTable(ALL, NOW_MS, { columns, rows: 30, paint: coloured })), plainText);
  });
}

test('a narrow terminal keeps the service, its state and its latency', () => {
  const [head = ''] = statusTable(ALL, NOW_MS, { columns: 40, rows: 30, paint: plain }).split('\n');
  assert.match(head, /^Service +State +Latency$/);
});

test('a low terminal shows services that are not up first, and how many are omitted', () => {
  const services = Array.from({ length: 30 }, (_, n) => watchedAs(`http://a.test/${n}`, [aCheck(n === 20 ? 'down' : 'up', 0)]));
  const lines = statusTable(services, NOW_MS, { columns: 80, rows: 10, paint: plain }).split('\n');
  assert.equal(lines.length, 9);
  assert.match(lines[1] ?? '', /^http:\/\/a\.test\/20 +down/);
  assert.match(lines.at(-1) ?? '', /^and 23 more/);
  assert.equal(
    statusTable(services, NOW_MS, { columns: 0, rows: 0, paint: plain }).split('\n').length,
    23,
    'some terminals report no size',
  );
});

test('a URL cannot move the cursor', () => {
  assert.ok(!statusTable([watchedAs('http://a.test/\x1b[2J', [])], NOW_MS).includes('\x1b'));
});
