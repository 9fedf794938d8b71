import type { Outcome } from '../model/outcome.ts';
import type { RunSummary } from '../model/run-summary.ts';
import { verdictClass } from '../model/verdict.ts';
import { escapeHtml } from './html/markup.ts';
import { morePages, placesOf } from './links/found-on.ts';
import type { MissingFragment } from './links/fragments.ts';
import type { LinkFindings } from './links/link-findings.ts';
import { linkNotes } from './links/link-notes.ts';
import { firstPages, type ShownPages } from './links/page-list.ts';
import type { RowFormat } from './row-format.ts';
import { hostOf, reasonWords, resultWord } from './row-words.ts';
import { visible } from './shown-text.ts';
import type { Figures } from './tally/tally.ts';

/** Of each link, so many pages are named. */
const MOST_PAGES = 100;

/** JUnit's XML, as CI systems read it: a test case for each URL, and for each missing fragment, in one suite that is the run; its output says how links were followed. Times are in seconds. */
export function junitFormat(
  { run, startedAt, endedAt, sources, books }: RunSummary,
  { rows, failed, skipped }: Figures,
  { referrers, fragments }: LinkFindings = {},
): RowFormat {
  const missing = fragments?.missing ?? [];
  const seconds = endedAt === undefined ? 0 : (Date.parse(endedAt) - Date.parse(startedAt)) / 1_000;
  const onlySource = sources?.length === 1 ? sources[0] : undefined;
  const counts = `tests="${rows + missing.length}" failures="${failed + missing.length}" errors="0" skipped="${skipped}" time="${seconds.toFixed(3)}"`;
  return {
    head: `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="trawl" ${counts}>\n  <testsuite name=${attribute(run)} ${counts} timestamp=${attribute(startedAt.slice(0, 19))}>\n`,
    row: (outcome) => testCase(outcome, onlySource, placesOf(outcome, onlySource, referrers, MOST_PAGES)),
    foot: `${missing.map(fragmentCase).join('')}${suiteOutput(linkNotes(books, fragments))}  </testsuite>\n</testsuites>\n`,
  };
}

function testCase(outcome: Outcome, onlySource: string | undefined, places: ShownPages): string {
  const { url, latencyMs, verdict, source = onlySource, line } = outcome;
  const place = source === undefined || line === undefined ? '' : ` file=${attribute(source)} line="${line}"`;
  const host = hostOf(url) ?? 'no-host';
  const opening = `    <testcase name=${attribute(url)} classname=${attribute(host)} time="${((latencyMs ?? 0) / 1_000).toFixed(3)}"${place}`;
  const kind = verdictClass(verdict);
  if (kind === 'ok') return `${opening}/>\n`;
  const said = attribute([resultWord(outcome), reasonWords(outcome)].filter((part) => part !== '').join(': '));
  if (kind === 'skipped') return `${opening}>\n      <skipped message=${said}/>\n    </testcase>\n`;
  return `${opening}>\n      <failure type=${attribute(verdict)} message=${said}>${content(places)}</failure>\n    </testcase>\n`;
}

function fragmentCase({ url, fragment, places, at }: MissingFragment): string {
  const file = at?.source === undefined ? '' : ` file=${attribute(at.source)} line="${at.line}"`;
  const opening = `    <testcase name=${attribute(`${url}#${fragment}`)} classname=${attribute(hostOf(url) ?? 'no-host')} time="0.000"${file}`;
  const shown = content(firstPages(places, MOST_PAGES));
  return `${opening}>\n      <failure type="missing-fragment" message="missing fragment">${shown}</failure>\n    </testcase>\n`;
}

/** How the links of the run were followed, and what was left out: where CI systems show what a suite printed. */
function suiteOutput(notes: readonly string[]): string {
  return notes.length === 0 ? '' : `    <system-out>${notes.map((note) => escapeHtml(visible(note))).join('\n')}</system-out>\n`;
}

/** A line for each place. */
function content({ pages, more }: ShownPages): string {
  return [...pages, ...(more > 0 ? [morePages(more)] : [])].map((line) => escapeHtml(visible(line))).join('\n');
}

/** XML 1.0 has no way to write a control character: what is invisible is written out. */
function attribute(text: string): string {
  return `"${escapeHtml(visible(text)).replace(/[\ufffe\uffff]/g, '\ufffd')}"`;
}
