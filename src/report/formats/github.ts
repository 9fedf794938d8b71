import type { Outcome } from '../../model/outcome.ts';
import type { RunSummary } from '../../model/run-summary.ts';
import { verdictClass } from '../../model/verdict.ts';
import { atPlace, morePages, pagesOf } from '../links/found-on.ts';
import type { MissingFragment } from '../links/fragments.ts';
import { limitWords } from '../links/left-out-words.ts';
import type { LinkFindings } from '../links/link-findings.ts';
import { linkNotes } from '../links/link-notes.ts';
import { firstPages, type ShownPages } from '../links/page-list.ts';
import type { RowFormat } from '../row-format.ts';
import { reasonWords, resultWord } from '../row-words.ts';
import { shownNumber } from '../shown-figures.ts';
import { visible } from '../shown-text.ts';
import { baselineNotes, type Figures, totalLine } from '../tally/tally.ts';

/** Pages named for each link: an annotation is one line. */
const MAX_PAGES = 10;

/**
 * GitHub shows this many error annotations per step and silently drops the others.
 * See https://docs.github.com/en/actions/reference/limits.
 */
const MAX_ERRORS = 10;

/**
 * Workflow commands of GitHub Actions:
 *
 * - an error for each of the first failures and missing fragments, at the line of its source
 * - a warning for each crawl limit that the run reached
 * - a notice with the total and how links were followed
 *
 * Failures beyond GitHub's limit, and failures known from the baseline, are plain lines in the step's log.
 */
export function githubFormat({ sources, books }: RunSummary, figures: Figures, findings: LinkFindings = {}): RowFormat {
  const { referrers, fragments } = findings;
  const onlySource = sources?.length === 1 ? sources[0] : undefined;
  const limits = limitWords(books.leftOut ?? {});
  const notes = [...baselineNotes(figures), ...linkNotes(books, fragments)].filter((note) => !limits.includes(note));
  let errors = 0;
  const shown = (problem: Problem, isKnown: boolean) => {
    if (isKnown) return logLine({ ...problem, title: `known from the baseline: ${problem.title}` });
    return ++errors > MAX_ERRORS ? logLine(problem) : error(problem);
  };
  return {
    head: '',
    row: (outcome) =>
      verdictClass(outcome.verdict) === 'failed'
        ? shown(failure(outcome, onlySource, pagesOf(outcome, referrers, MAX_PAGES)), outcome.baseline === 'known')
        : '',
    plainRow: () => '',
    get foot() {
      const fragmentLines = (fragments?.missing ?? []).map((missing) =>
        shown(missingFragment(missing, referrers === undefined ? 1 : MAX_PAGES), missing.known === true),
      );
      const unshown = errors - MAX_ERRORS;
      return [
        ...fragmentLines,
        ...limits.map((words) => `::warning title=Trawl::${data(words)}\n`),
        `::notice title=Trawl::${data([totalLine(figures), ...notes, ...(unshown > 0 ? [unshownWords(unshown)] : [])].join('. '))}\n`,
      ].join('');
    },
  };
}

/** What is wrong, and where. */
interface Problem {
  source?: string | undefined;
  line?: number | undefined;
  title: string;
  text: string;
}

function failure(outcome: Outcome, onlySource: string | undefined, pages: ShownPages): Problem {
  const { url, source = onlySource, line } = outcome;
  const why = reasonWords(outcome);
  return { source, line, title: resultWord(outcome), text: `${url}${foundOn(pages)}${why === '' ? '' : `: ${why}`}` };
}

function missingFragment({ url, fragment, places, at }: MissingFragment, mostPages: number): Problem {
  return { ...at, title: 'missing fragment', text: `${url}#${fragment}${foundOn(firstPages(places, mostPages))}` };
}

function error({ source, line, title, text }: Problem): string {
  const place = source === undefined || line === undefined ? [] : [`file=${property(source)}`, `line=${line}`];
  return `::error ${[...place, `title=${property(`Trawl: ${title}`)}`].join(',')}::${data(text)}\n`;
}

/** A plain line of the log, not a workflow command. */
function logLine({ source, line, title, text }: Problem): string {
  const place = source === undefined || line === undefined ? '' : `${source}:${line}: `;
  return `  ${visible(`${place}${title}: ${text}`)}\n`;
}

function unshownWords(count: number): string {
  return `GitHub shows only ${MAX_ERRORS} errors of a step; ${shownNumber(count)} more ${count === 1 ? 'is' : 'are'} in its log`;
}

function foundOn({ pages, more }: ShownPages): string {
  if (pages.length === 0) return '';
  return ` (found ${[pages.map(atPlace).join(', '), ...(more > 0 ? [morePages(more)] : [])].join(' ')})`;
}

/** The text as the message of a workflow command, always on one line. */
function data(text: string): string {
  return visible(text).replaceAll('%', '%25');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
