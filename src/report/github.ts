import type { Outcome } from '../core/outcome.ts';
import type { RunSummary } from '../core/run-summary.ts';
import { verdictClass } from '../core/verdict.ts';
import type { Figures } from '../tally/tally.ts';
import { totalLine } from '../tally/total-line.ts';
import type { RowFormat } from './row-format.ts';
import { reasonWords, resultWord } from './row-words.ts';
import { visible } from './shown-text.ts';

/** Workflow commands of GitHub Actions: an error for each failure, at the line of its source, and a notice with the total. */
export function githubFormat({ sources }: RunSummary, figures: Figures): RowFormat {
  const onlySource = sources?.length === 1 ? sources[0] : undefined;
  return {
    head: '',
    row: (outcome) => (verdictClass(outcome.verdict) === 'failed' ? annotation(outcome, onlySource) : ''),
    foot: `::notice title=Trawl::${data(totalLine(figures))}\n`,
  };
}

function annotation(outcome: Outcome, onlySource: string | undefined): string {
  const { url, source = onlySource, line, referrer } = outcome;
  const place = source === undefined || line === undefined ? [] : [`file=${property(source)}`, `line=${line}`];
  const found = referrer === undefined ? '' : ` (found on ${referrer})`;
  const why = reasonWords(outcome);
  return `::error ${[...place, `title=${property(`Trawl: ${resultWord(outcome)}`)}`].join(',')}::${data(`${url}${found}${why === '' ? '' : `: ${why}`}`)}\n`;
}

/** A message: one line, whatever it holds. */
function data(text: string): string {
  return visible(text).replaceAll('%', '%25');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
