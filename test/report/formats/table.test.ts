import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters, styleText } from 'node:util';
import type { Outcome } from '../../../src/model/outcome.ts';
import { type TableExtras, type Terminal, tableFormat } from '../../../src/report/formats/table.ts';
import type { PageList } from '../../../src/report/links/page-list.ts';
import { RowMeasure } from '../../../src/report/row-measure.ts';
import { EXERCISE, HOSTILE, outcome, rendered, renderedCrawl } from '../sample-log.ts';

/** The width of the widest line in characters. */
const widest = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length));

function table(outcomes: readonly Outcome[], terminal?: Terminal, extras?: TableExtras): string {
  const measure = new RowMeasure();
  for (const row of outcomes) measure.add(row);
  const format = tableFormat(measure.result(), terminal, extras);
  return format.head + outcomes.map((row, index) => format.row(row, JSON.stringify(row), index)).join('') + format.foot;
}

const linesOf = (text: string) => text.trimEnd().split('\n');

test('a row without a status shows its verdict, and cells without a value a dash', () => {
  const [, , dns, timeout] = linesOf(table([outcome({ verdict: 'dns' }), outcome({ verdict: 'timeout', latencyMs: 30_000.4 })]));
  assert.match(dns ?? '', /^http:\/\/example\.com {17}dns {6}- {7}-$/);
  assert.match(timeout ?? '', / timeout {2}- {7}30000ms$/);
});

test('a failure after the status line shows the verdict, not the good status', () => {
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

test('in a file a very long URL is not cut and does not widen other rows', () => {
  const url = `http://example.com/${'a'.repeat(5_000)}`;
  const [header, , long] = linesOf(table([outcome({ url, status: 200 }), ...EXERCISE]));
  assert.ok(long?.startsWith(`${url}  200`));
  assert.equal(header?.indexOf('Status'), 35);
});

test('on a terminal no line is wider than the terminal, and URLs are cut in the middle', () => {
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

test('a very narrow terminal still shows a part of each URL', () => {
  for (const columns of [1, 20]) assert.match(table(EXERCISE, { columns }), /^http:\/….*2 {2}200 {5}312B {4}2045ms$/m);
});

test('a terminal that reports 0 columns counts as 80 wide', () => {
  assert.equal(table(EXERCISE, { columns: 0 }), table(EXERCISE, { columns: 80 }));
});

const many = Array.from({ length: 1_001 }, (_, n) =>
  outcome(n % 500 === 7 ? { url: `http://h/${n}`, verdict: 'refused' } : { url: `http://h/${'x'.repeat(50)}${n}`, status: 200 }),
);

test('a terminal shows every row if all fit on its screen', () => {
  assert.equal(linesOf(table(many.slice(0, 34), { columns: 80, rows: 40 })).length, 2 + 34 + 2);
});

test('if rows do not fit, a terminal shows failures by cause, with the largest group next to the total', () => {
  const gone = [outcome({ url: 'http://h/gone', verdict: 'broken', status: 404 })];
  assert.deepEqual(linesOf(table([...gone, ...many], { columns: 80, rows: 40 })), [
    '404 Not Found (1 URL)',
    '  http://h/gone',
    '',
    'refused: nothing listens there (2 URLs)',
    '  http://h/7',
    '  http://h/507',
    '',
    'Not shown: 999 URLs that did not fail (--all)',
    'Total: 1002 URLs, 999 success, 3 failed',
  ]);
});

test('a terminal shows every row with --all', () => {
  assert.equal(linesOf(table(many, { columns: 80, rows: 40 }, { everyRow: true })).length, 2 + 1_001 + 2);
});

test('if links were followed, a terminal shows only failures, however few rows there are', () => {
  const rows = [
    outcome({ url: 'http://a/gone', verdict: 'broken', status: 404, depth: 1, referrer: 'http://a/' }),
    outcome({ url: 'http://a/', status: 200 }),
  ];
  assert.deepEqual(linesOf(table(rows, { columns: 80, rows: 40 }, { followed: true })), [
    '404 Not Found (1 URL)',
    '  http://a/gone',
    '    found on http://a/',
    '',
    'Not shown: 1 URL that did not fail (--all)',
    'Total: 2 URLs, 1 success, 1 failed',
  ]);
});

test('a terminal shows 1,000 failures, and the number of the others', () => {
  const failed = Array.from({ length: 1_203 }, (_, n) => outcome({ url: `http://h/${n}`, verdict: 'dns' }));
  const lines = linesOf(table(failed, { columns: 80, rows: 40 }));
  assert.deepEqual(lines.slice(0, 2), ['dns: no such host (1,203 URLs)', '  http://h/0']);
  assert.deepEqual(lines.slice(-3), ['', 'Not shown: 203 more failures (--all)', 'Total: 1203 URLs, 0 success, 1203 failed']);
  assert.equal(lines.length, 1 + 1_000 + 3);
});

test('missing local files and missing fragments are separate causes', () => {
  const rows = [
    outcome({ url: 'a.md', verdict: 'broken', error: { code: 'FILE_NOT_FOUND', message: 'no such file' } }),
    outcome({ url: 'b.md#x', verdict: 'broken', error: { code: 'FRAGMENT_NOT_FOUND', message: 'no anchor' } }),
    outcome({ url: 'c.md#x', verdict: 'broken', error: { code: 'FRAGMENT_NOT_FOUND', message: 'no anchor' } }),
  ];
  const text = table(rows, { columns: 80, rows: 4 });
  assert.match(text, /^file not found \(1 URL\)\n {2}a\.md\n\nfragment not found \(2 URLs\)\n/);
});

test('without failures a terminal shows no empty table', () => {
  const fine = Array.from({ length: 1_001 }, () => outcome({ status: 200 }));
  assert.deepEqual(linesOf(table(fine, { columns: 80 })), [
    'Not shown: 1,001 URLs that did not fail (--all)',
    'Total: 1001 URLs, 1001 success, 0 failed',
  ]);
});

test('colours mark failures and change nothing else', () => {
  const rows = [outcome({ status: 200 }), outcome({ verdict: 'broken', status: 404 }), outcome({ verdict: 'robots' })];
  const colored = table(rows, undefined, { color: true });
  for (const painted of [
    styleText('green', '200   '),
    styleText('red', '404   '),
    styleText('yellow', 'robots'),
    styleText('red', '1 failed'),
  ])
    assert.ok(colored.includes(painted), colored);
  assert.equal(stripVTControlCharacters(colored), table(rows));
});

test('in a file every row is listed, however many there are', () => {
  assert.equal(linesOf(table(many)).length, 2 + 1_001 + 2);
});

test('a run without rows has a header and a total', () => {
  assert.deepEqual(linesOf(table([])).slice(2), ['', 'Total: 0 URLs, 0 success, 0 failed']);
});

test('a failure is followed by the page on which it was found first, and other rows are not', () => {
  const rows = [
    outcome({ url: 'http://a/gone', verdict: 'broken', status: 404, depth: 1, referrer: 'http://a/' }),
    outcome({ url: 'http://a/fine', depth: 1, referrer: 'http://a/' }),
    outcome({ url: 'http://a/shut', verdict: 'robots', depth: 1, referrer: 'http://a/' }),
  ];
  assert.deepEqual(
    linesOf(table(rows))
      .slice(2, -2)
      .map((line) => line.split('  ')[0] || line),
    ['http://a/gone', '  found on http://a/', 'http://a/fine', 'http://a/shut'],
  );
});

test('on a terminal of 80 columns, no line about links is wider', async (t) => {
  const long = `http://example.com/${'a'.repeat(200)}/end`;
  const findings = {
    fragments: { checked: 1, missingTotal: 1, missing: [{ url: long, fragment: 'x', places: { pages: [long], total: 3 } as PageList }] },
    skippedLinks: { total: 2_000, isMore: false, links: [{ reason: 'max-urls-per-host' as const, url: long, page: long }] },
  };
  const failed = outcome({ url: long, verdict: 'dns', depth: 1, referrer: long });
  const text = await rendered(t, 'table', [failed], { findings, terminal: { columns: 80 } });
  assert.ok(widest(text) <= 80, text);
  assert.match(text, /^ {4}found on http:.*….*\/end$/m);
  assert.match(text, /^ {4}on http:.*….*\/end\n {4}and 2 more places$/m);
  assert.match(text, /^ {2}max-urls-per-host {2}http:.*….*\/end {2}on http:.*….*\/end\n {2}and 1,999 more$/m);
});

test('without --referrers the first page is listed, and with it all pages', async (t) => {
  const first = await renderedCrawl(t, 'table', { referrers: false });
  assert.match(first, /gone\.html .*\n {2}found on http:\/\/docs\.example\/\nhttp/);
  assert.match(first, /#nowhere\n {4}on http:\/\/docs\.example\/\n {4}and 1 more place\n/);
  const all = await renderedCrawl(t, 'table');
  assert.match(all, /gone\.html .*\n {2}on .*\/\n {2}on .*api\.html\n {2}on .*guide\.html\nhttp/);
});

test('with many rows and no failures, a terminal still shows missing fragments', async (t) => {
  const fine = Array.from({ length: 1_001 }, () => outcome({ status: 200 }));
  const missing = [{ url: 'http://a/', fragment: 'x', places: { pages: ['http://a/'], total: 1 } as PageList }];
  const findings = { fragments: { checked: 1, missingTotal: 1, missing } };
  const text = await rendered(t, 'table', fine, { findings, terminal: { columns: 80 } });
  assert.match(
    text,
    /^Missing fragments\n {2}http:\/\/a\/#x\n {4}on http:\/\/a\/\n\nNot shown: 1,001 URLs .*\nTotal: 1001 URLs, 1001 success, 0 failed\nFragments: 1 checked, 1 missing\n$/,
  );
});
