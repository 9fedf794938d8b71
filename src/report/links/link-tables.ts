import { shownNumber } from '../shown-figures.ts';
import { cutInMiddle, padToColumns, visible } from '../shown-text.ts';
import { atPlace, morePages } from './found-on.ts';
import type { FragmentFindings } from './fragments.ts';
import type { LinkFindings } from './link-findings.ts';
import { firstPages } from './page-list.ts';
import type { SkippedFindings } from './skipped-links.ts';

/** Missing fragments shown on a terminal. A file gets all of them. */
const MAX_ON_TERMINAL = 1_000;
const MAX_PAGES = 100;
/** Even the narrowest terminal shows this many columns of a line. */
const MIN_COLUMNS = 24;
const KNOWN = ' (known from the baseline)';

/**
 * Two lists that follow the rows of the table: missing fragments with the pages that link to them (only the first page unless referrers were looked up), and links that were not followed, with the first page
 * that has each. Each list begins with an empty line.
 *
 * @param columns the width of the terminal; Infinity for a file
 */
export function linkTables({ referrers, fragments, skippedLinks }: LinkFindings, columns: number): string {
  const width = Math.max(MIN_COLUMNS, columns);
  const lines = [
    ...(fragments === undefined || fragments.missingTotal === 0
      ? []
      : fragmentLines(fragments, referrers === undefined ? 1 : MAX_PAGES, width)),
    ...(skippedLinks === undefined || skippedLinks.total === 0 ? [] : skippedLines(skippedLinks, width)),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function fragmentLines({ missing, missingTotal }: FragmentFindings, mostPages: number, width: number): string[] {
  const shown = width === Number.POSITIVE_INFINITY ? missing : missing.slice(0, MAX_ON_TERMINAL);
  const lines = shown.flatMap(({ url, fragment, places, known }) => {
    const { pages, more } = firstPages(places, mostPages);
    return [
      `${url}#${fragment}${known ? KNOWN : ''}`,
      ...pages.map((page) => `  ${atPlace(page)}`),
      ...(more > 0 ? [`  ${morePages(more)}`] : []),
    ];
  });
  const left = missingTotal - shown.length;
  return [
    '',
    'Missing fragments',
    ...lines.map((line) => cutInMiddle(`  ${visible(line)}`, width)),
    ...(left > 0 ? [`  and ${shownNumber(left)} more`] : []),
  ];
}

function skippedLines({ links, total, isMore }: SkippedFindings, width: number): string[] {
  const reasonColumns = Math.max(...links.map(({ reason }) => reason.length));
  const half = Math.max(MIN_COLUMNS / 2, Math.floor((width - reasonColumns - 9) / 2));
  const lines = links.map(({ reason, url, page }) => {
    return `  ${padToColumns(reason, reasonColumns)}  ${cutInMiddle(visible(url), half)}  on ${cutInMiddle(visible(page), half)}`;
  });
  const left = total - links.length;
  return ['', 'Links not followed', ...lines, ...(left > 0 ? [`  and ${isMore ? 'more than ' : ''}${shownNumber(left)} more`] : [])];
}
