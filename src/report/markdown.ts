import type { Outcome } from '../core/outcome.ts';
import type { RunSummary } from '../core/run-summary.ts';
import { totalLine } from '../tally/total-line.ts';
import type { Digest } from './digest.ts';
import { type Result, shownLines } from './result.ts';
import { reasonWords, resultWord, whereFrom } from './row-words.ts';
import { shownBytes, shownMs, shownNumber, shownShare } from './shown-figures.ts';
import { visible } from './shown-text.ts';

/** A comment on a pull request may have 65,536 characters; the summary and the note take some. */
const MOST_CHARS = 60_000;

/** For a pull request or an issue: the total, what failed and why, and the figures folded away. */
export function markdownReport(summary: RunSummary, digest: Digest, result?: Result): string {
  const { figures, failures } = digest;
  const mark = figures.failed > 0 ? '❌' : '✅';
  const sources = summary.sources?.length === 1 ? summary.sources[0] : undefined;
  const state = summary.state === 'ended' ? '' : '\nThis run has not ended: what is here is what was done so far.\n';
  const text = `## ${mark} ${totalLine(figures)}\n${state}`;
  const block = resultBlock(result);
  return `${text}${block}${failureTable(failures, figures.failed, sources, MOST_CHARS - block.length)}${figureTable(digest)}`;
}

/** As code, with a fence that nothing in it ends. */
function resultBlock(result: Result | undefined): string {
  if (result === undefined) return '';
  const shown = shownLines(result).join('\n');
  const fence = '`'.repeat(Math.max(3, longestTicks(shown) + 1));
  return `\n${fence}${typeof result.value === 'string' ? '' : 'json'}\n${shown}\n${fence}\n`;
}

function longestTicks(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
}

function failureTable(failures: readonly Outcome[], failed: number, onlySource: string | undefined, mostChars: number): string {
  if (failures.length === 0) return '';
  let rows = '';
  let count = 0;
  for (const outcome of failures) {
    const cells = [code(outcome.url), cell(resultWord(outcome)), cell(whereFrom(outcome, onlySource) ?? ''), cell(reasonWords(outcome))];
    const row = `| ${cells.join(' | ')} |\n`;
    if (rows.length + row.length > mostChars) break;
    rows += row;
    count++;
  }
  const left = failed - count;
  return `\n| URL | Result | From | Why |\n|---|---|---|---|\n${rows}${left > 0 ? `\nand ${shownNumber(left)} more.\n` : ''}`;
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

/** Text in a table's cell that no renderer takes for anything else. */
function cell(text: string): string {
  return visible(text).replace(/[\\`*_[\]<>#|~@&$]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A URL as code: neither a link that pings somebody, nor a table's end. */
function code(text: string): string {
  const shown = visible(text).replaceAll('|', '\\|');
  const fence = '`'.repeat(longestTicks(shown) + 1);
  const pad = shown.startsWith('`') || shown.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${shown}${pad}${fence}`;
}
