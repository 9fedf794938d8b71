import type { Outcome } from '../../model/outcome.ts';
import type { RunSummary } from '../../model/run-summary.ts';
import { verdictClass } from '../../model/verdict.ts';
import type { Marked } from '../baseline.ts';
import { morePages, placesOf } from '../links/found-on.ts';
import type { MissingFragment } from '../links/fragments.ts';
import type { LinkFindings } from '../links/link-findings.ts';
import { linkNotes } from '../links/link-notes.ts';
import { firstPages, type ShownPages } from '../links/page-list.ts';
import type { RowFormat } from '../row-format.ts';
import { hostOf, reasonWords, resultWord } from '../row-words.ts';
import { visible } from '../shown-text.ts';
import { baselineNotes, type Figures } from '../tally/tally.ts';
import { escapeHtml } from './html/markup.ts';

/** Pages named for each link. */
const MAX_PAGES = 100;
const KNOWN = 'known from the baseline';

/**
 * JUnit's XML, as CI systems read it: one suite for the run, with a test case for each URL and each missing fragment. The suite's output says how links were followed. Times are in seconds.
 *
 * Failures known from the baseline are skipped tests, because a CI system fails the build for any failed one.
 */
export function junitFormat(
  { run, startedAt, endedAt, sources, books }: RunSummary,
  figures: Figures,
  { referrers, fragments }: LinkFindings = {},
): RowFormat {
  const { rows, failed, skipped } = figures;
  const missing = fragments?.missing ?? [];
  const known = { rows: figures.baseline?.known ?? 0, fragments: fragments?.known ?? 0 };
  const failures = failed - known.rows + missing.length - known.fragments;
  const seconds = endedAt === undefined ? 0 : (Date.parse(endedAt) - Date.parse(startedAt)) / 1_000;
  const onlySource = sources?.length === 1 ? sources[0] : undefined;
  const counts = `tests="${rows + missing.length}" failures="${failures}" errors="0" skipped="${skipped + known.rows + known.fragments}" time="${seconds.toFixed(3)}"`;
  return {
    head: `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="trawl" ${counts}>\n  <testsuite name=${attribute(run)} ${counts} timestamp=${attribute(startedAt.slice(0, 19))}>\n`,
    row: (outcome) => testCase(outcome, onlySource, placesOf(outcome, onlySource, referrers, MAX_PAGES)),
    foot: `${missing.map(fragmentCase).join('')}${suiteOutput([...baselineNotes(figures), ...linkNotes(books, fragments)])}  </testsuite>\n</testsuites>\n`,
  };
}

function testCase(outcome: Marked<Outcome>, onlySource: string | undefined, places: ShownPages): string {
  const { url, latencyMs, verdict, source = onlySource, line } = outcome;
  const place = source === undefined || line === undefined ? '' : ` file=${attribute(source)} line="${line}"`;
  const host = hostOf(url) ?? 'no-host';
  const opening = `    <testcase name=${attribute(url)} classname=${attribute(host)} time="${((latencyMs ?? 0) / 1_000).toFixed(3)}"${place}`;
  const kind = verdictClass(verdict);
  if (outcome.baseline === 'fixed')
    return `${opening}>\n      <system-out>fixed: it failed in the baseline</system-out>\n    </testcase>\n`;
  if (kind === 'ok') return `${opening}/>\n`;
  const isKnown = outcome.baseline === 'known';
  const message = attribute(
    [...(isKnown ? [KNOWN] : []), resultWord(outcome), reasonWords(outcome)].filter((part) => part !== '').join(': '),
  );
  if (kind === 'skipped' || isKnown) return `${opening}>\n      <skipped message=${message}/>\n    </testcase>\n`;
  return `${opening}>\n      <failure type=${attribute(verdict)} message=${message}>${content(places)}</failure>\n    </testcase>\n`;
}

function fragmentCase({ url, fragment, places, at, known }: MissingFragment): string {
  const file = at?.source === undefined ? '' : ` file=${attribute(at.source)} line="${at.line}"`;
  const opening = `    <testcase name=${attribute(`${url}#${fragment}`)} classname=${attribute(hostOf(url) ?? 'no-host')} time="0.000"${file}`;
  if (known) return `${opening}>\n      <skipped message="${KNOWN}: missing fragment"/>\n    </testcase>\n`;
  const shown = content(firstPages(places, MAX_PAGES));
  return `${opening}>\n      <failure type="missing-fragment" message="missing fragment">${shown}</failure>\n    </testcase>\n`;
}

/** Notes about the run. CI systems show them as the output of the suite. */
function suiteOutput(notes: readonly string[]): string {
  return notes.length === 0 ? '' : `    <system-out>${notes.map((note) => escapeHtml(visible(note))).join('\n')}</system-out>\n`;
}

/** One line for each place. */
function content({ pages, more }: ShownPages): string {
  return [...pages, ...(more > 0 ? [morePages(more)] : [])].map((line) => escapeHtml(visible(line))).join('\n');
}

/** XML 1.0 cannot hold control characters, not even escaped, so invisible characters are written as text such as `\x1b`. */
function attribute(text: string): string {
  return `"${escapeHtml(visible(text)).replace(/[\ufffe\uffff]/g, '\ufffd')}"`;
}
