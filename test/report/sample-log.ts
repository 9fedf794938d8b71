import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import type { Outcome } from '../../src/model/outcome.ts';
import type { ReportFormat } from '../../src/model/report-formats.ts';
import type { RunSummary } from '../../src/model/run-summary.ts';
import { urlKey } from '../../src/model/url/canonical-url.ts';
import { packKeys } from '../../src/model/url/link-keys.ts';
import { verdictClass } from '../../src/model/verdict.ts';
import { Baseline } from '../../src/report/baseline.ts';
import { findLinkFindings } from '../../src/report/links/link-findings.ts';
import { type ReportInput, renderReport } from '../../src/report/report.ts';

const FINISHED_AT = '2026-11-23T10:15:02.000Z';

/** A successful outcome, with the given fields replaced. */
export function outcome(given: Partial<Outcome> = {}): Outcome {
  const verdict = given.verdict ?? 'ok';
  return {
    schema: 1,
    run: 'sample',
    url: 'http://example.com',
    method: 'GET',
    verdict,
    ok: verdictClass(verdict) === 'ok',
    attempts: 1,
    depth: 0,
    finishedAt: FINISHED_AT,
    ...given,
  };
}

/** The three outcomes of the example in README. */
export const EXERCISE: readonly Outcome[] = [
  outcome({ line: 1, status: 200, sizeBytes: 1256, wireBytes: 648, latencyMs: 120 }),
  outcome({ url: 'http://httpbin.org/get', line: 2, status: 200, sizeBytes: 432, wireBytes: 432, latencyMs: 88.6 }),
  outcome({ url: 'http://httpbin.org/delay/2', line: 3, status: 200, sizeBytes: 312, wireBytes: 312, latencyMs: 2045 }),
];

const ESC = String.fromCharCode(0x1b);

/** The most hostile values that web servers and lists can put into an outcome. */
export const HOSTILE: readonly Outcome[] = [
  outcome({
    url: `${ESC}[31mred${ESC}[0m\u009b2J`,
    line: 1,
    verdict: 'invalid-url',
    attempts: 0,
    error: { code: 'NOT_A_URL', message: 'not a URL: "quoted",\r\nand cut' },
  }),
  outcome({ url: "=cmd|' /C calc'!A1", line: 2, verdict: 'invalid-url', attempts: 0, error: { code: '@SUM(1)', message: '\t=1+1' } }),
  outcome({ url: 'half \ud83d pair \u202egnp.exe', line: 3, verdict: 'invalid-url', attempts: 0, error: { code: '-1', message: '+1' } }),
  outcome({ url: '漢字 e\u0301 😀', line: 4, verdict: 'invalid-url', attempts: 0, error: { code: 'NOT_A_URL', message: '\r=1' } }),
  outcome({
    url: 'http://example.com/a,b?q="x"',
    input: 'example.com/a,b?q="x"',
    line: 5,
    status: 404,
    verdict: 'broken',
    sizeBytes: 0,
    wireBytes: 0,
    latencyMs: 0.4,
    finalUrl: 'http://example.com/c',
    redirects: [
      { status: 301, url: 'http://example.com/a,b?q="x"' },
      { status: 302, url: 'http://example.com/b' },
    ],
    contentType: 'text/html; charset="utf-8"',
    remoteAddress: '::1',
  }),
  outcome({ url: 'http://10.0.0.1/', verdict: 'private-address', attempts: 0, depth: 1, referrer: 'http://example.com/' }),
];

/** The fields of a page's row for its links and anchors. The links are canonical URLs. */
export function page(links: readonly string[], anchors: readonly string[] = [], fragments: readonly string[] = []): Partial<Outcome> {
  return {
    status: 200,
    contentType: 'text/html',
    links: links.length,
    ...(links.length > 0 && { linkKeys: packKeys(links.map(urlKey)) }),
    anchors: packKeys(anchors.map(urlKey)),
    ...(fragments.length > 0 && { fragments: [...fragments] }),
  };
}

const SITE = 'http://docs.example';

/** A crawl that followed links, with broken links (some on several pages), missing fragments and skipped links. */
export const CRAWL: readonly Outcome[] = [
  outcome({
    url: `${SITE}/`,
    line: 1,
    ...page(
      [`${SITE}/guide.html`, `${SITE}/api.html`, `${SITE}/gone.html`, 'https://other.example/'],
      ['intro'],
      [`${SITE}/guide.html#install`, `${SITE}/guide.html#nowhere`, `${SITE}/api.html#%C3%BCbersicht`, `${SITE}/guide.html#Top`],
    ),
    sizeBytes: 5_210,
    latencyMs: 12,
    skippedLinks: [
      { url: 'https://elsewhere.example/a|b', reason: 'scope' },
      { url: `http://[${ESC}[2J<b>`, reason: 'unreadable' },
    ],
  }),
  outcome({
    url: `${SITE}/guide.html`,
    depth: 1,
    referrer: `${SITE}/`,
    ...page([`${SITE}/gone.html`, `${SITE}/moved.html`], ['install', 'usage'], [`${SITE}/guide.html#usage`, `${SITE}/api.html#old|name`]),
    sizeBytes: 18_004,
    latencyMs: 31,
    skippedLinks: [
      { url: 'https://elsewhere.example/a|b', reason: 'scope' },
      { url: `${SITE}/login?next=/guide.html`, reason: 'nofollow' },
    ],
  }),
  outcome({
    url: `${SITE}/api.html`,
    depth: 1,
    referrer: `${SITE}/`,
    ...page([`${SITE}/gone.html`, `${SITE}/guide.html`], ['übersicht'], [`${SITE}/guide.html#nowhere`]),
    sizeBytes: 90_100,
    latencyMs: 48,
  }),
  outcome({ url: `${SITE}/gone.html`, depth: 1, referrer: `${SITE}/`, status: 404, verdict: 'broken', sizeBytes: 153, latencyMs: 2 }),
  outcome({
    url: `${SITE}/moved.html`,
    depth: 2,
    referrer: `${SITE}/guide.html`,
    status: 410,
    verdict: 'broken',
    finalUrl: `${SITE}/new.html`,
    redirects: [{ status: 301, url: `${SITE}/moved.html` }],
    sizeBytes: 0,
    latencyMs: 5,
  }),
  outcome({
    url: 'https://other.example/',
    method: 'HEAD',
    depth: 1,
    referrer: `${SITE}/`,
    external: true,
    verdict: 'dns',
    error: { code: 'ENOTFOUND', message: 'other.example has no address' },
  }),
];

/** The counts of skipped links of that crawl. */
export const CRAWL_LEFT_OUT = { scope: 1_204, nofollow: 12, 'max-urls-per-host': 51_230 };

/** A report on the crawl, with all findings about its links. */
export async function renderedCrawl(
  t: Pick<TestContext, 'after'>,
  format: ReportFormat,
  wanted: { referrers: boolean } = { referrers: true },
): Promise<string> {
  const summary = summaryOf(CRAWL);
  const file = await writeLog(t, CRAWL);
  const findings = await findLinkFindings(file, { ...wanted, fragments: true, skippedLinks: true }, []);
  return rendered(t, format, CRAWL, { summary: { ...summary, books: { ...summary.books, leftOut: CRAWL_LEFT_OUT } }, findings });
}

/** An earlier run of that crawl: the 404 and a missing fragment are known, the API page was broken and is fixed, a page of it is gone. */
const EARLIER_CRAWL: readonly Outcome[] = [
  ...CRAWL.filter(({ url }) => url === `${SITE}/` || url === `${SITE}/guide.html` || url === `${SITE}/gone.html`),
  outcome({ url: `${SITE}/api.html`, depth: 1, status: 500, verdict: 'broken' }),
  outcome({ url: `${SITE}/removed.html`, depth: 1, status: 404, verdict: 'broken' }),
];

/** The input that a report on the crawl needs for a comparison with the earlier run. */
export async function comparedCrawl(t: Pick<TestContext, 'after'>): Promise<Pick<ReportInput, 'baseline' | 'findings'>> {
  const baseline = await Baseline.read(await writeLog(t, EARLIER_CRAWL), new Set());
  const { fragments } = await findLinkFindings(await writeLog(t, CRAWL), { referrers: false, fragments: true, skippedLinks: false }, []);
  return { baseline, findings: { ...(fragments && { fragments: await baseline.markFragments(fragments) }) } };
}

/** Links of documents. */
export const LINKED: readonly Outcome[] = [
  outcome({ url: 'https://example.com/', source: 'README.md', line: 3, places: ['docs/a.md:1'], status: 200, sizeBytes: 10, latencyMs: 5 }),
  outcome({
    url: 'https://example.com/gone',
    source: 'README.md',
    line: 12,
    places: ['docs/a.md:7', 'docs/b, c.md:2', 'docs/d.md:1', 'docs/d.md:2', 'docs/d.md:3'],
    morePlaces: 4,
    status: 404,
    verdict: 'broken',
    sizeBytes: 9,
    latencyMs: 7,
  }),
  outcome({ url: 'docs/a.md#part', input: 'a.md#part', source: 'docs/b, c.md', line: 1, places: [], attempts: 0 }),
  outcome({
    url: 'docs/a.md#prat',
    source: 'docs/b, c.md',
    line: 4,
    places: [],
    verdict: 'broken',
    attempts: 0,
    error: { code: 'FRAGMENT_NOT_FOUND', message: 'docs/a.md has no anchor #prat; did you mean #part?' },
  }),
  outcome({
    url: 'http://[',
    source: 'site/x.html',
    places: ['site/y.html'],
    verdict: 'invalid-url',
    attempts: 0,
    error: { code: 'NOT_A_URL', message: 'not a valid URL' },
  }),
];

/** A summary whose counts match the outcomes. */
export function summaryOf(outcomes: readonly Outcome[], given: Partial<RunSummary> = {}): RunSummary {
  const count = (wanted: string) => outcomes.filter(({ verdict }) => verdictClass(verdict) === wanted).length;
  const rows = outcomes.length;
  const discovered = outcomes.filter(({ depth }) => depth > 0).length;
  const submitted = rows - discovered;
  const books = { submitted, duplicates: 0, accepted: submitted, discovered, rows, balanced: true };
  return {
    run: 'sample',
    state: 'ended',
    startedAt: '2026-11-23T10:15:00.000Z',
    endedAt: '2026-11-23T10:15:02.500Z',
    books: { ...books, ok: count('ok'), failed: count('failed'), skipped: count('skipped') },
    ...given,
  };
}

/** A folder that is removed when the test ends. */
export async function temporaryFolder(t: Pick<TestContext, 'after'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trawl-report-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a log with these outcomes, and returns its path. */
export async function writeLog(t: Pick<TestContext, 'after'>, outcomes: readonly Outcome[]): Promise<string> {
  const file = join(await temporaryFolder(t), 'outcomes.ndjson');
  await writeFile(file, outcomes.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return file;
}

/** A stream that collects what is written to it. */
export function textSink(): { out: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { out, text: () => Buffer.concat(chunks).toString() };
}

/** The report on these outcomes as text. */
export async function rendered(
  t: Pick<TestContext, 'after'>,
  format: ReportFormat,
  outcomes: readonly Outcome[],
  given: Partial<ReportInput> = {},
) {
  const sink = textSink();
  const file = await writeLog(t, outcomes);
  await renderReport(format, { summary: summaryOf(outcomes), file, order: 'completion', ...given }, sink.out);
  return sink.text();
}
