import type { RunSummary } from '../../model/run-summary.ts';
import type { Digest } from '../digest.ts';
import { morePages, placesOf } from '../links/found-on.ts';
import type { MissingFragment } from '../links/fragments.ts';
import type { LinkFindings } from '../links/link-findings.ts';
import { linkNotes } from '../links/link-notes.ts';
import { firstPages, type ShownPages } from '../links/page-list.ts';
import type { SkippedFindings } from '../links/skipped-links.ts';
import { type Result, shownLines } from '../result.ts';
import { reasonWords, resultWord } from '../row-words.ts';
import { shownBytes, shownMs, shownNumber, shownShare } from '../shown-figures.ts';
import { visible } from '../shown-text.ts';
import { baselineNotes, totalLine } from '../tally/tally.ts';

/** The longest report. A comment on a pull request may have 65,536 characters, and the rest of the comment needs some of them. */
const MAX_CHARS = 60_000;
/** Pages named for each link. */
const MAX_PAGES = 10;
/** Of MAX_CHARS, the most for the table of fragments, and the most for the table of links that were not followed. */
const MAX_TABLE_CHARS = 15_000;

/** A report for a pull request or an issue: the total, what failed and why, and the figures in a collapsed section. */
export function markdownReport(summary: RunSummary, digest: Digest, findings: LinkFindings = {}, result?: Result): string {
  const { figures } = digest;
  const { referrers, fragments, skippedLinks } = findings;
  const missing = fragments?.missing ?? [];
  const known = (figures.baseline?.known ?? 0) + (fragments?.known ?? 0);
  const mark = figures.failed + missing.length - known > 0 ? '❌' : '✅';
  const sources = summary.sources?.length === 1 ? summary.sources[0] : undefined;
  const state = summary.state === 'ended' ? '' : '\nThis run has not ended: the report shows the URLs done so far.\n';
  const notes = [...baselineNotes(figures), ...linkNotes(summary.books, fragments)];
  const text = `## ${mark} ${totalLine(figures)}\n${notes.length === 0 ? '' : `\n${notes.map(cell).join('  \n')}\n`}${state}`;
  const block = resultBlock(result);
  const fragmentsBlock = fragmentTable(missing, fragments?.missingTotal ?? 0, referrers === undefined ? 1 : MAX_PAGES);
  const skippedBlock = skippedTable(skippedLinks);
  const room = MAX_CHARS - block.length - fragmentsBlock.length - skippedBlock.length;
  const failureRows = digest.failures.map((outcome) => {
    const places = pagesCell(placesOf(outcome, sources, referrers, MAX_PAGES));
    const compared = figures.baseline === undefined ? [] : [outcome.baseline ?? ''];
    return [code(outcome.url), cell(resultWord(outcome)), places, cell(reasonWords(outcome)), ...compared];
  });
  const comparedHead = figures.baseline === undefined ? [] : ['Baseline'];
  const failures = table(['URL', 'Result', 'From', 'Why', ...comparedHead], failureRows, figures.failed, room);
  return [text, block, failures, fragmentsBlock, skippedBlock, figureTable(digest)].join('');
}

function fragmentTable(missing: readonly MissingFragment[], total: number, mostPages: number): string {
  const rows = missing.map(({ url, fragment, places, known }) => [
    `${code(`${url}#${fragment}`)}${known ? ' known from the baseline' : ''}`,
    pagesCell(firstPages(places, mostPages)),
  ]);
  return table(['Missing fragment', 'On'], rows, total, MAX_TABLE_CHARS);
}

/** In a collapsed section, because links that were not followed are not failures. */
function skippedTable(skipped: SkippedFindings | undefined): string {
  if (skipped === undefined || skipped.total === 0) return '';
  const rows = skipped.links.map(({ reason, url, page }) => [cell(reason), code(url), code(page)]);
  const count = `${shownNumber(skipped.total)}${skipped.isMore ? ' and more' : ''}`;
  const shown = table(['Reason', 'URL', 'First on'], rows, skipped.total, MAX_TABLE_CHARS);
  return `\n<details><summary>Links not followed (${count})</summary>\n${shown}\n</details>\n`;
}

/** Lines are separated with `<br>`: nothing else breaks lines in a cell on GitHub. */
function pagesCell({ pages, more }: ShownPages): string {
  return [...pages.map(cell), ...(more > 0 ? [morePages(more)] : [])].join('<br>');
}

/** The result as a code block. The fence is longer than any run of backticks in the text. */
function resultBlock(result: Result | undefined): string {
  if (result === undefined) return '';
  const shown = shownLines(result).join('\n');
  const fence = '`'.repeat(Math.max(3, longestTicks(shown) + 1));
  return `\n${fence}${typeof result.value === 'string' ? '' : 'json'}\n${shown}\n${fence}\n`;
}

function longestTicks(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
}

/** A table with as many rows as fit into `mostChars`, and a line with the number of the others. Empty if there are no rows. */
function table(heads: readonly string[], rows: readonly (readonly string[])[], total: number, mostChars: number): string {
  if (rows.length === 0) return '';
  let lines = '';
  let count = 0;
  for (const cells of rows) {
    const line = `| ${cells.join(' | ')} |\n`;
    if (lines.length + line.length > mostChars) break;
    lines += line;
    count++;
  }
  const left = total - count;
  const head = `| ${heads.join(' | ')} |\n|${'---|'.repeat(heads.length)}\n`;
  return `\n${head}${lines}${left > 0 ? `\nand ${shownNumber(left)} more.\n` : ''}`;
}

function figureTable({ figures }: Digest): string {
  if (figures.rows === 0) return '';
  const verdicts = Object.entries(figures.verdicts).map(
    ([verdict, rows]) => `| ${verdict} | ${shownNumber(rows ?? 0)} | ${shownShare(rows ?? 0, figures.rows)} |\n`,
  );
  const { latencyMs } = figures;
  const latency =
    latencyMs === undefined
      ? ''
      : `\nLatency: median ${shownMs(latencyMs.p50)}, 90 % within ${shownMs(latencyMs.p90)}, 99 % within ${shownMs(latencyMs.p99)}, slowest ${shownMs(latencyMs.max)}. Bodies: ${shownBytes(figures.sizeBytes)}.\n`;
  return `\n<details><summary>Figures</summary>\n\n| Verdict | URLs | Share |\n|---|--:|--:|\n${verdicts.join('')}${latency}\n</details>\n`;
}

/** Text for a table cell, escaped so that every renderer shows it literally. */
function cell(text: string): string {
  return visible(text).replace(/[\\`*_[\]<>#|~@&$]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A URL as code, so that an `@name` in it notifies nobody and a `|` does not end the cell. */
function code(text: string): string {
  const shown = visible(text).replaceAll('|', '\\|');
  const fence = '`'.repeat(longestTicks(shown) + 1);
  const pad = shown.startsWith('`') || shown.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${shown}${pad}${fence}`;
}
