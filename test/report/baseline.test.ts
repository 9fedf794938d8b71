import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { formatOutcome } from '../../src/model/lines/outcome-line.ts';
import { readPlainLine } from '../../src/model/lines/plain-line.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { Baseline } from '../../src/report/baseline.ts';
import { CRAWL, comparedCrawl, outcome, rendered, writeLog } from './sample-log.ts';

const at = (n: number, given: Partial<Outcome> = {}) => outcome({ url: `http://a/${n}`, status: 200, ...given });
const broken = (n: number, given: Partial<Outcome> = {}) => at(n, { verdict: 'broken', status: 404, ...given });

async function baselineOf(t: TestContext, rows: readonly Outcome[]): Promise<Baseline> {
  return Baseline.read(await writeLog(t, rows), new Set());
}

test('rows that failed before, fail only now or are fixed are marked and counted', async (t) => {
  const earlier = [broken(1), broken(2), broken(3), broken(4), at(5), broken(6), broken(6)];
  const comparison = (await baselineOf(t, earlier)).compare();
  const now = [broken(1), at(2), at(3, { verdict: 'robots' }), broken(5), at(7), broken(8)];
  assert.deepEqual(
    now.map((row) => comparison.mark(row).baseline),
    ['known', 'fixed', undefined, 'new', undefined, 'new'],
  );
  assert.deepEqual(comparison.figures(), { known: 1, new: 2, fixed: 1, gone: 2 });
});

test('records of the same URL are distinguished by their meta', async (t) => {
  const record = (id: number) => ({ identity: 'line', meta: { id } }) as const;
  const comparison = (await baselineOf(t, [broken(1, record(1))])).compare();
  assert.equal(comparison.mark(broken(1, record(1))).baseline, 'known');
  assert.equal(comparison.mark(broken(1, record(2))).baseline, 'new');
});

test('a fixed row is marked in every format that has it, even if its line need not be parsed', async (t) => {
  const row = at(1, { latencyMs: 1, waitMs: 0, timings: {}, worker: 'w', startedAt: '2026-11-23T10:15:01.000Z' });
  const plain: Outcome = JSON.parse(formatOutcome(row));
  assert.ok(readPlainLine(JSON.stringify(plain)));
  const given = { baseline: await baselineOf(t, [broken(1)]) };
  assert.match(await rendered(t, 'table', [plain], given), / fixed\n/);
  assert.equal(JSON.parse(await rendered(t, 'ndjson', [plain], given)).baseline, 'fixed');
  assert.equal(JSON.parse(await rendered(t, 'json', [plain], given)).outcomes[0].baseline, 'fixed');
  assert.match(await rendered(t, 'csv', [plain], given), /,fixed\r\n$/);
  assert.match(await rendered(t, 'junit', [plain], given), /<system-out>fixed/);
  assert.match(await rendered(t, 'html', [plain], given), /200 <small>fixed<\/small>/);
});

test('without a baseline no report has a mark', async (t) => {
  for (const format of ['table', 'ndjson', 'json', 'markdown', 'html', 'junit', 'github'] as const) {
    assert.doesNotMatch(await rendered(t, format, CRAWL), /baseline/i, format);
  }
});

test('a terminal lists only new failures, and counts known ones', async (t) => {
  const terminal = { columns: 100, rows: 30 };
  const text = await rendered(t, 'table', CRAWL, { ...(await comparedCrawl(t)), terminal });
  assert.doesNotMatch(text, /gone\.html/);
  assert.match(text, /410 Gone \(1 URL\)/);
  assert.match(text, /^Not shown: 1 failure known from the baseline and 3 URLs that did not fail \(--all\)$/m);
  assert.match(text, /3 failed \(1 known from the baseline\)\nBaseline: 1 known failure, 2 new, 1 fixed, 1 no longer in the run\n/);
  const all = await rendered(t, 'table', CRAWL, { ...(await comparedCrawl(t)), terminal, everyRow: true });
  for (const line of all.split('\n')) assert.ok([...line].length <= terminal.columns, line);
  assert.match(all, /gone\.html +404 .* known$/m);
});

test('the page shows which failures are known, and lists new ones first', async (t) => {
  const page = await rendered(t, 'html', CRAWL, await comparedCrawl(t));
  assert.match(page, /<dt>Known from the baseline<\/dt><dd class="known">1<\/dd>/);
  assert.match(page, /<td class="result known">404 <small>known<\/small><\/td>/);
  assert.ok(page.indexOf('moved.html"') < page.indexOf('gone.html"'));
});
