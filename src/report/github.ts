import type { Outcome } from '../core/outcome.ts';
import type { RunSummary } from '../core/run-summary.ts';
import { verdictClass } from '../core/verdict.ts';
import type { Figures } from '../tally/tally.ts';
import { totalLine } from '../tally/total-line.ts';
import { atPlace, morePages, pagesOf } from './found-on.ts';
import type { MissingFragment } from './fragments.ts';
import { limitWords } from './left-out-words.ts';
import type { LinkFindings } from './link-findings.ts';
import { linkNotes } from './link-notes.ts';
import { firstPages, type ShownPages } from './page-list.ts';
import type { RowFormat } from './row-format.ts';
import { reasonWords, resultWord } from './row-words.ts';
import { visible } from './shown-text.ts';

/** Of each link, so many pages are named: an annotation is one line. */
const MOST_PAGES = 10;

/**
 * Workflow commands of GitHub Actions: an error for each failure and each missing fragment, at the line of its source, a warning for each limit that the run met, and a notice with the total and how the links
 * were followed.
 */
export function githubFormat({ sources, books }: RunSummary, figures: Figures, findings: LinkFindings = {}): RowFormat {
  const { referrers, fragments } = findings;
  const onlySource = sources?.length === 1 ? sources[0] : undefined;
  const limits = limitWords(books.leftOut ?? {});
  const notes = linkNotes(books, fragments).filter((note) => !limits.includes(note));
  return {
    head: '',
    row: (outcome) =>
      verdictClass(outcome.verdict) === 'failed' ? annotation(outcome, onlySource, pagesOf(outcome, referrers, MOST_PAGES)) : '',
    plainRow: () => '',
    foot: [
      ...(fragments?.missing ?? []).map((missing) => fragmentAnnotation(missing, referrers === undefined ? 1 : MOST_PAGES)),
      ...limits.map((words) => `::warning title=Trawl::${data(words)}\n`),
      `::notice title=Trawl::${data([totalLine(figures), ...notes].join('. '))}\n`,
    ].join(''),
  };
}

function annotation(outcome: Outcome, onlySource: string | undefined, pages: ShownPages): string {
  const { url, source = onlySource, line } = outcome;
  const why = reasonWords(outcome);
  return error({ source, line }, resultWord(outcome), `${url}${foundOn(pages)}${why === '' ? '' : `: ${why}`}`);
}

function fragmentAnnotation({ url, fragment, places, at }: MissingFragment, mostPages: number): string {
  return error(at ?? {}, 'missing fragment', `${url}#${fragment}${foundOn(firstPages(places, mostPages))}`);
}

function error({ source, line }: { source?: string | undefined; line?: number | undefined }, title: string, text: string): string {
  const place = source === undefined || line === undefined ? [] : [`file=${property(source)}`, `line=${line}`];
  return `::error ${[...place, `title=${property(`Trawl: ${title}`)}`].join(',')}::${data(text)}\n`;
}

function foundOn({ pages, more }: ShownPages): string {
  if (pages.length === 0) return '';
  return ` (found ${[pages.map(atPlace).join(', '), ...(more > 0 ? [morePages(more)] : [])].join(' ')})`;
}

/** A message: one line, whatever it holds. */
function data(text: string): string {
  return visible(text).replaceAll('%', '%25');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
