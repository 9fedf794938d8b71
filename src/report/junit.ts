import type { Outcome } from '../core/outcome.ts';
import type { RunSummary } from '../core/run-summary.ts';
import { verdictClass } from '../core/verdict.ts';
import type { Figures } from '../tally/tally.ts';
import { escapeHtml } from './html/markup.ts';
import type { RowFormat } from './row-format.ts';
import { hostOf, reasonWords, resultWord, whereFrom } from './row-words.ts';
import { visible } from './shown-text.ts';

/** JUnit's XML, as CI systems read it: a test case for each URL, in one suite that is the run. Times are in seconds. */
export function junitFormat({ run, startedAt, endedAt, sources }: RunSummary, { rows, failed, skipped }: Figures): RowFormat {
  const seconds = endedAt === undefined ? 0 : (Date.parse(endedAt) - Date.parse(startedAt)) / 1_000;
  const onlySource = sources?.length === 1 ? sources[0] : undefined;
  const counts = `tests="${rows}" failures="${failed}" errors="0" skipped="${skipped}" time="${seconds.toFixed(3)}"`;
  return {
    head: `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="trawl" ${counts}>\n  <testsuite name=${attribute(run)} ${counts} timestamp=${attribute(startedAt.slice(0, 19))}>\n`,
    row: (outcome) => testCase(outcome, onlySource),
    foot: '  </testsuite>\n</testsuites>\n',
  };
}

function testCase(outcome: Outcome, onlySource: string | undefined): string {
  const { url, latencyMs, verdict, source = onlySource, line } = outcome;
  const place = source === undefined || line === undefined ? '' : ` file=${attribute(source)} line="${line}"`;
  const host = hostOf(url) ?? 'no-host';
  const opening = `    <testcase name=${attribute(url)} classname=${attribute(host)} time="${((latencyMs ?? 0) / 1_000).toFixed(3)}"${place}`;
  const kind = verdictClass(verdict);
  if (kind === 'ok') return `${opening}/>\n`;
  const said = attribute([resultWord(outcome), reasonWords(outcome)].filter((part) => part !== '').join(': '));
  if (kind === 'skipped') return `${opening}>\n      <skipped message=${said}/>\n    </testcase>\n`;
  const from = escapeHtml(visible(whereFrom(outcome, onlySource) ?? ''));
  return `${opening}>\n      <failure type=${attribute(verdict)} message=${said}>${from}</failure>\n    </testcase>\n`;
}

/** XML 1.0 has no way to write a control character: what is invisible is written out. */
function attribute(text: string): string {
  return `"${escapeHtml(visible(text)).replace(/[\ufffe\uffff]/g, '\ufffd')}"`;
}
