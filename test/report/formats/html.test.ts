import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import type { Outcome } from '../../../src/model/outcome.ts';
import { html } from '../../../src/report/formats/html/markup.ts';
import { EXERCISE, HOSTILE, outcome, rendered, renderedCrawl, temporaryFolder } from '../sample-log.ts';

const run = promisify(execFile);
const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
const IN_BROWSER = { skip: BROWSER === undefined && 'there is no Chromium here' };

const FAILURES = [404, 500, 410].map((status, index) =>
  outcome({ url: `http://b.example/${index}`, line: 4 + index, status, verdict: 'broken', latencyMs: 30 - index, sizeBytes: index }),
);

/** The DOM of the page in a browser, after its script has run. */
async function domOf(t: TestContext, page: string): Promise<string> {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'report.html');
  await writeFile(file, page);
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  const { stdout } = await run(
    BROWSER as string,
    [...flags, `--user-data-dir=${join(folder, 'profile')}`, '--dump-dom', `file://${file}`],
    { maxBuffer: 2 ** 26 },
  );
  return stdout;
}

test('texts are escaped, including invisible characters, but markup is not', () => {
  assert.equal(
    html`<b title="${'"\'><&'}">${'<script>\u202e\x1b'}${undefined}${3}${[html`<i>${'a&b'}</i>`]}</b>`.text,
    '<b title="&quot;&#39;&gt;&lt;&amp;">&lt;script&gt;\\u202e\\x1b3<i>a&amp;b</i></b>',
  );
});

test('the page has the figures, the failures and every row, and loads nothing', async (t) => {
  const page = await rendered(t, 'html', [...EXERCISE, ...FAILURES]);
  assert.match(page, /<title>Trawl: 6 URLs, 3 failed \(sample\)<\/title>/);
  for (const { url } of [...EXERCISE, ...FAILURES]) assert.ok(page.includes(`<a href="${url}"`), url);
  assert.ok(page.indexOf('<h2>Failures') < page.indexOf('<h2>All URLs'));
  const loads = [...page.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, target]) => target);
  assert.deepEqual(
    loads.filter((target) => !target?.startsWith('http://')),
    [],
  );
  assert.doesNotMatch(page, /<link|@import|url\(|<img|<iframe/);
  assert.equal(page.split('<script').length, 2);
});

test('the page adapts to a run without failures, without rows, or that was stopped', async (t) => {
  assert.doesNotMatch(await rendered(t, 'html', EXERCISE), /Failures/);
  assert.match(await rendered(t, 'html', []), /No URL has an outcome/);
  const summary = {
    run: 'x',
    state: 'stopped' as const,
    startedAt: '2026-11-23T10:15:00.000Z',
    books: { submitted: 0, duplicates: 0, accepted: 0, discovered: 0, rows: 0, ok: 0, failed: 0, skipped: 0, balanced: false },
  };
  assert.match(await rendered(t, 'html', EXERCISE, { summary }), /This run has not ended/);
});

test('with very many rows, the page lists failures, the slowest and the largest, and says what is missing', async (t) => {
  const rows: Outcome[] = Array.from({ length: 12_000 }, (_, index) =>
    outcome({
      url: `http://h${index % 150}.example/${index}`,
      line: index + 1,
      ...(index % 2 ? { status: 200, latencyMs: index, sizeBytes: index } : { verdict: 'dns' as const }),
    }),
  );
  const page = await rendered(t, 'html', rows);
  assert.ok(page.length < 5_000_000, `${page.length} characters`);
  assert.match(page, /The first 5,000 are listed/);
  assert.match(page, /The 100 with most failures are listed/);
  assert.match(page, /<h2>Slowest<\/h2>\n[\s\S]*?h149\.example\/11999/);
  assert.doesNotMatch(page, /All URLs/);
});

test('in a browser, tables can be sorted and rows searched, and hostile rows are only text', IN_BROWSER, async (t) => {
  const hostile = outcome({
    url: '<script>document.title="broken in"</script><img src=x onerror=document.title="broken_in">',
    line: 9,
    verdict: 'invalid-url',
    error: { code: 'X', message: '</td></table><script>document.title="broken in"</script>' },
  });
  const script = outcome({ url: "http://x.example/'onmouseover=alert(1)//", line: 10, status: 200, latencyMs: 1, sizeBytes: 1 });
  const dom = await domOf(t, await rendered(t, 'html', [...HOSTILE, hostile, script, ...FAILURES]));
  assert.match(dom, /<title>Trawl: 11 URLs/);
  assert.equal(dom.split('<script').length, 2, 'no script but its own');
  assert.doesNotMatch(dom, /<img/);
  assert.match(dom, /<th scope="col"[^>]*><button type="button">URL<\/button>/, 'its own script ran');
  assert.match(dom, /<div class="search">/);
});

test('the page of a crawl shows where broken links and missing fragments are, skipped links, and reached limits', async (t) => {
  const page = await renderedCrawl(t, 'html');
  assert.match(
    page,
    /1 from the list, 5 found<br>Links not followed: 51,230 max-urls-per-host, 1,204 scope, 12 nofollow<br>Fragments: 5 checked, 2 missing<\/p>/,
  );
  assert.match(page, /<p class="warn">max-urls-per-host: 51,230 links; --max-urls-per-host allows more<\/p>/);
  assert.match(page, /<details><summary>2 more<\/summary><div><a href="http:\/\/docs\.example\/api\.html"/);
  assert.match(page, /<h2>Missing fragments <small>2<\/small><\/h2>/);
  assert.ok(page.includes('>http://docs.example/<wbr>guide.html#nowhere</a>'));
  assert.match(page, /<h2>Links not followed <small>3<\/small><\/h2>/);
  assert.ok(page.includes('<td class="url">http://[\\x1b[2J&lt;b&gt;</td>'), 'what is no URL is no link');
  assert.doesNotMatch(await rendered(t, 'html', EXERCISE), /Missing fragments|Links not followed|from the list/);
});

test('latency figures include only answers, and the time of a timeout is shown only in its row', async (t) => {
  const rows = [outcome({ status: 200, latencyMs: 10 }), outcome({ verdict: 'timeout', latencyMs: 30_000 })];
  const page = await rendered(t, 'html', rows);
  assert.match(page, /<dt>99 % within<\/dt><dd>10 ms<\/dd>/);
  assert.match(page, /<td class="n" data-value="30000">30 s<\/td>/);
});

test('up to 10,000 rows are all listed, in tables of a hundred, and beyond that the page says how to get them', async (t) => {
  const rows = Array.from({ length: 10_001 }, (_, n) => outcome({ url: `http://a/${n}`, status: 200 }));
  const all = await rendered(t, 'html', rows.slice(1));
  assert.equal(all.split('<tr><td class="url">').length - 1, 10_000);
  assert.equal(all.split('<table class="rows">').length - 1, 100);
  assert.match(await rendered(t, 'html', rows), /<code>trawl report \S+ -f csv -o rows\.csv<\/code> writes all 10,001 rows\./);
});
