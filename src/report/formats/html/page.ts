import { hash } from 'node:crypto';
import type { Outcome } from '../../../model/outcome.ts';
import type { RunSummary } from '../../../model/run-summary.ts';
import { type Verdict, verdictClass } from '../../../model/verdict.ts';
import type { Marked } from '../../baseline.ts';
import type { Digest } from '../../digest.ts';
import { placesOf } from '../../links/found-on.ts';
import type { FragmentFindings } from '../../links/fragments.ts';
import { limitWords } from '../../links/left-out-words.ts';
import type { LinkFindings } from '../../links/link-findings.ts';
import { linkNotes } from '../../links/link-notes.ts';
import type { ShownPages } from '../../links/page-list.ts';
import { type Result, shownLines } from '../../result.ts';
import { reasonWords, resultWord } from '../../row-words.ts';
import { shownBytes, shownMs, shownNumber, shownShare } from '../../shown-figures.ts';
import { baselineNotes, type Figures } from '../../tally/tally.ts';
import { linkSections } from './link-sections.ts';
import { html, Markup } from './markup.ts';
import { breakable, isPage, places } from './places.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

const MAX_HOSTS = 100;
/** Sources named in the heading. */
const MAX_SOURCES = 10;
/** Pages named for each failure. */
const MAX_PAGES = 100;

/** The Content-Security-Policy of the page: it allows the page's own script and style, and nothing else. */
export function pagePolicy(): string {
  return `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash('sha256', SCRIPT, 'base64')}'; base-uri 'none'; form-action 'none'`;
}

/**
 * A self-contained page that can be mailed or archived: it loads no script, style, font or image. Its Content-Security-Policy allows only its own script, so text from a
 * crawled server cannot run even if it got past the escaping.
 */
export function* htmlPage(summary: RunSummary, digest: Digest, findings: LinkFindings = {}, result?: Result): Generator<string> {
  const { figures, rows, failures } = digest;
  const { referrers, fragments } = findings;
  yield html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${pagePolicy()}">
<meta name="referrer" content="no-referrer">
<title>Trawl: ${shownNumber(figures.rows)} URLs, ${shownNumber(figures.failed)} failed (${summary.run})</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
`.text;
  yield head(summary, digest, fragments).text;
  if (result !== undefined) yield html`<h2>Result</h2>\n<pre>${shownLines(result).map((line) => html`${line}\n`)}</pre>\n`.text;
  yield verdicts(digest).text;
  yield '<div class="search" hidden><label for="q">Show rows with</label> <input id="q" type="search" placeholder="part of a URL, a status, a word"> <output></output></div>\n';
  const sources = summary.sources?.length === 1 ? summary.sources[0] : undefined;
  if (figures.failed > 0) {
    const left = figures.failed - failures.length;
    const note =
      left > 0
        ? html`<p class="note">The first ${shownNumber(failures.length)} are listed. <code>trawl report ${summary.run} -f csv</code> has all of them.</p>`
        : undefined;
    yield html`<h2>Failures <small>${shownNumber(figures.failed)}</small></h2>\n${note}`.text;
    yield* rowTable('Failures', failures, (row) => placesOf(row, sources, referrers, MAX_PAGES));
  }
  yield* linkSections(findings);
  yield latencies(digest).text;
  yield hosts(digest).text;
  const from = (row: Outcome) => placesOf(row, sources, undefined, 1);
  if (rows === undefined) {
    yield html`<p class="note">This page lists failures, the slowest and the largest URLs. <code>trawl report ${summary.run} -f csv -o rows.csv</code> writes all ${shownNumber(figures.rows)} rows.</p>\n`
      .text;
    yield '<div class="pair"><section><h2>Slowest</h2>\n';
    yield* rowTable('Slowest', digest.slowest, from);
    yield '</section><section><h2>Largest</h2>\n';
    yield* rowTable('Largest', digest.largest, from);
    yield '</section></div>\n';
  } else if (rows.length > 0) {
    yield html`<h2>All URLs <small>${shownNumber(rows.length)}</small></h2>\n`.text;
    yield* rowTable('All URLs', rows, from);
  }
  yield html`<footer>Rendered by <code>trawl report</code> from the run's outcome log, which has every field of every row.</footer>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`.text;
}

function head(
  { run, state, startedAt, endedAt, sources, books }: RunSummary,
  { figures }: Digest,
  fragments: FragmentFindings | undefined,
): Markup {
  const { rows, ok, failed, skipped, latencyMs, sizeBytes, baseline } = figures;
  const took = endedAt === undefined ? undefined : html` in <b>${shownMs(Date.parse(endedAt) - Date.parse(startedAt))}</b>`;
  const from = sources === undefined ? undefined : html` from <b>${sourceNames(sources)}</b>`;
  const width = (part: number) => `flex:${part} 0 0`;
  return html`<header>
<h1>Trawl report</h1>
<p class="facts">Run <b>${run}</b>${from}, begun <time datetime="${startedAt}"><b>${startedAt.slice(0, 19).replace('T', ' ')} UTC</b></time>${took}</p>
${noteLines(books, figures, fragments)}${state === 'ended' ? undefined : html`<p class="warn">This run has not ended: the report shows the URLs done so far.</p>`}
${state === 'ended' && !books.balanced ? html`<p class="warn">The counts of this run do not add up: rows may be missing.</p>` : undefined}
</header>
<dl class="cards">
<div><dt>URLs</dt><dd>${shownNumber(rows)}</dd></div>
<div><dt>Success</dt><dd class="ok">${shownNumber(ok)}</dd></div>
<div><dt>Failed</dt><dd class="${failed > 0 ? 'failed' : ''}">${shownNumber(failed)}</dd></div>
${baseline === undefined ? undefined : html`<div><dt>Known from the baseline</dt><dd class="known">${shownNumber(baseline.known)}</dd></div><div><dt>Fixed</dt><dd class="ok">${shownNumber(baseline.fixed)}</dd></div>`}
${skipped === 0 ? undefined : html`<div><dt>Skipped</dt><dd class="skipped">${shownNumber(skipped)}</dd></div>`}
${latencyMs === undefined ? undefined : html`<div><dt>Median latency</dt><dd>${shownMs(latencyMs.p50)}</dd></div><div><dt>99 % within</dt><dd>${shownMs(latencyMs.p99)}</dd></div>`}
<div><dt>Bodies</dt><dd>${shownBytes(sizeBytes)}</dd></div>
</dl>
<div class="share" role="img" aria-label="${shownShare(ok, rows)} success, ${shownShare(failed, rows)} failed, ${shownShare(skipped, rows)} skipped"><i class="ok" style="${width(ok)}"></i><i class="failed" style="${width(failed)}"></i><i class="skipped" style="${width(skipped)}"></i></div>
`;
}

function sourceNames(sources: readonly string[]): string {
  const left = sources.length - MAX_SOURCES;
  return `${sources.slice(0, MAX_SOURCES).join(', ')}${left > 0 ? ` and ${shownNumber(left)} more` : ''}`;
}

/** How links were followed. Limits that the run reached stand out as warnings. */
function noteLines(books: RunSummary['books'], figures: Figures, fragments: FragmentFindings | undefined): Markup {
  const limits = limitWords(books.leftOut ?? {});
  const notes = [...baselineNotes(figures), ...linkNotes(books, fragments)].filter((note) => !limits.includes(note));
  const lines = notes.map((note, index) => html`${index === 0 ? undefined : html`<br>`}${note}`);
  return html`${notes.length === 0 ? undefined : html`<p class="facts">${lines}</p>\n`}${limits.map((limit) => html`<p class="warn">${limit}</p>\n`)}`;
}

function verdicts({ figures }: Digest): Markup {
  if (figures.rows === 0) return html`<p class="note">No URL has an outcome.</p>`;
  const line = (name: string, count: number, kind: string) =>
    html`<tr><td>${name}</td><td class="n">${shownNumber(count)}</td><td class="n">${shownShare(count, figures.rows)}</td><td><span class="meter"><i class="${kind}" style="width:${((100 * count) / figures.rows).toFixed(2)}%"></i></span></td></tr>\n`;
  const table = (what: string, lines: readonly Markup[]) =>
    html`<section><h2>${what}</h2><div class="scroll"><table><caption>${what}</caption><thead><tr><th scope="col">${what}</th><th scope="col" class="n">URLs</th><th scope="col" class="n">Share</th><th scope="col"><span aria-hidden="true"></span></th></tr></thead><tbody>
${lines}</tbody></table></div></section>`;
  const byVerdict = Object.entries(figures.verdicts).map(([verdict, count]) => line(verdict, count ?? 0, verdictClass(verdict as Verdict)));
  const byStatus = Object.entries(figures.statuses).map(([status, count]) => line(status, count, Number(status) < 400 ? 'ok' : 'failed'));
  return html`<div class="pair">${table('Verdict', byVerdict)}${byStatus.length > 0 ? table('Status', byStatus) : undefined}</div>\n`;
}

function latencies({ latencies: buckets, figures: { latencyMs } }: Digest): Markup {
  if (latencyMs === undefined || buckets.length === 0) return html``;
  const most = Math.max(...buckets.map(({ rows }) => rows));
  const bars = buckets.map(({ fromMs, toMs, rows }) => {
    const label = toMs === Number.POSITIVE_INFINITY ? `> ${shownMs(fromMs)}` : `≤ ${shownMs(toMs)}`;
    return html`<div title="${label}: ${shownNumber(rows)}"><span>${shownNumber(rows)}</span><i style="height:${((82 * rows) / most).toFixed(1)}%"></i><span>${label}</span></div>`;
  });
  const { p50, p90, p99, max } = latencyMs;
  const summary = `Latency: half within ${shownMs(p50)}, 90 % within ${shownMs(p90)}, 99 % within ${shownMs(p99)}, the slowest ${shownMs(max)}.`;
  return html`<h2>Latency</h2>\n<p class="note">${summary}</p>\n<div class="histogram" role="img" aria-label="${summary}">${bars}</div>\n`;
}

function hosts({ hosts: all }: Digest): Markup {
  if (all.length < 2) return html``;
  const cells = all
    .slice(0, MAX_HOSTS)
    .map(
      ({ host, rows, ok, failed, skipped, sizeBytes, meanMs, maxMs }) =>
        html`<tr><td class="url">${host ?? 'others'}</td><td class="n" data-value="${rows}">${shownNumber(rows)}</td><td class="n" data-value="${ok}">${shownNumber(ok)}</td><td class="n${failed > 0 ? ' failed' : ''}" data-value="${failed}">${shownNumber(failed)}</td><td class="n" data-value="${skipped}">${shownNumber(skipped)}</td><td class="n" data-value="${meanMs}">${meanMs === undefined ? '' : shownMs(meanMs)}</td><td class="n" data-value="${maxMs}">${maxMs === undefined ? '' : shownMs(maxMs)}</td><td class="n" data-value="${sizeBytes}">${shownBytes(sizeBytes)}</td></tr>\n`,
    );
  const left = all.length - cells.length;
  return html`<h2>Hosts <small>${shownNumber(all.length)}</small></h2>
${left > 0 ? html`<p class="note">The ${MAX_HOSTS} with most failures are listed, then those with most URLs.</p>` : undefined}<div class="scroll sorts"><table><caption>Hosts</caption><thead><tr><th scope="col">Host</th><th scope="col" class="n">URLs</th><th scope="col" class="n">Success</th><th scope="col" class="n">Failed</th><th scope="col" class="n">Skipped</th><th scope="col" class="n">Mean latency</th><th scope="col" class="n">Slowest</th><th scope="col" class="n">Bodies</th></tr></thead><tbody>
${cells}</tbody></table></div>
`;
}

/** Rows per table. A browser lays out only the tables that are in view, so that a page with thousands of rows opens at once. */
const ROWS_OF_TABLE = 100;
const COLUMNS = '<colgroup><col class="url"><col class="result"><col class="figure"><col class="figure"><col class="from"><col></colgroup>';

/** A sequence of tables with equal column widths, which looks like one table: only the first shows its heading. */
function* rowTable(caption: string, rows: readonly Marked<Outcome>[], from: (row: Outcome) => ShownPages): Generator<string> {
  yield '<div class="scroll sorts">\n';
  for (let at = 0; at < rows.length; at += ROWS_OF_TABLE) {
    yield html`<div class="${at === 0 ? 'first' : 'more'}"><table class="rows"><caption>${caption}</caption>${new Markup(COLUMNS)}<thead><tr><th scope="col">URL</th><th scope="col">Result</th><th scope="col" class="n">Latency</th><th scope="col" class="n">Size</th><th scope="col">From</th><th scope="col">Why</th></tr></thead><tbody>
`.text;
    for (const row of rows.slice(at, at + ROWS_OF_TABLE)) yield rowLine(row, from(row)).text;
    yield '</tbody></table></div>\n';
  }
  yield '</div>\n';
}

function rowLine(outcome: Marked<Outcome>, from: ShownPages): Markup {
  const { url, verdict, latencyMs, sizeBytes, baseline } = outcome;
  const mark = baseline === undefined ? undefined : html` <small>${baseline}</small>`;
  const kind = baseline === 'known' ? 'known' : verdictClass(verdict);
  const name = /^https?:\/\//.test(url) ? html`<a href="${url}" rel="noopener noreferrer nofollow">${breakable(url)}</a>` : breakable(url);
  return html`<tr><td class="url">${name}</td><td class="result ${kind}">${resultWord(outcome)}${mark}</td><td class="n" data-value="${latencyMs}">${latencyMs === undefined ? '' : shownMs(latencyMs)}</td><td class="n" data-value="${sizeBytes}">${sizeBytes === undefined ? '' : shownBytes(sizeBytes)}</td><td class="${isPage(from.pages[0]) ? 'from page' : 'from'}">${places(from)}</td><td class="why">${reasonWords(outcome)}</td></tr>
`;
}
