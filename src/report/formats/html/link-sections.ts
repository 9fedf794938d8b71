import type { FragmentFindings } from '../../links/fragments.ts';
import { meaningOf } from '../../links/left-out-words.ts';
import type { LinkFindings } from '../../links/link-findings.ts';
import { firstPages } from '../../links/page-list.ts';
import type { SkippedFindings } from '../../links/skipped-links.ts';
import { shownNumber } from '../../shown-figures.ts';
import { html, type Markup } from './markup.ts';
import { place, places } from './places.ts';

/** More would make the page slow to open. */
const MAX_FRAGMENTS = 5_000;
const MAX_PAGES = 100;

/**
 * Two tables: missing fragments, with the pages that link to each (only the first page unless referrers were looked up), and links that were not followed, with the first page that has each.
 */
export function* linkSections({ referrers, fragments, skippedLinks }: LinkFindings): Generator<string> {
  if (fragments !== undefined && fragments.missingTotal > 0) yield* fragmentSection(fragments, referrers === undefined ? 1 : MAX_PAGES);
  if (skippedLinks !== undefined && skippedLinks.total > 0) yield* skippedSection(skippedLinks);
}

function* fragmentSection({ missing, missingTotal }: FragmentFindings, mostPages: number): Generator<string> {
  const shown = missing.slice(0, MAX_FRAGMENTS);
  const note = shown.length < missingTotal ? `The first ${shownNumber(shown.length)} are listed.` : undefined;
  yield head('Missing fragments', shownNumber(missingTotal), note, ['Target', 'On']).text;
  for (const { url, fragment, places: pages, known } of shown)
    yield html`<tr><td class="url">${place(`${url}#${fragment}`)}${known ? html` <small class="known">known from the baseline</small>` : undefined}</td><td class="from">${places(firstPages(pages, mostPages))}</td></tr>\n`
      .text;
  yield '</tbody></table></div>\n';
}

function* skippedSection({ links, total, isMore }: SkippedFindings): Generator<string> {
  const note = links.length < total ? `${shownNumber(links.length)} of them are listed, some of each reason.` : undefined;
  yield head('Links not followed', `${shownNumber(total)}${isMore ? ' and more' : ''}`, note, ['URL', 'Reason', 'First on']).text;
  for (const { reason, url, page } of links)
    yield html`<tr><td class="url">${place(url)}</td><td class="why" title="${meaningOf(reason)}">${reason}</td><td class="from">${place(page)}</td></tr>\n`
      .text;
  yield '</tbody></table></div>\n';
}

function head(what: string, count: string, note: string | undefined, columns: readonly string[]): Markup {
  const remark = note === undefined ? undefined : html`<p class="note">${note}</p>`;
  const heads = columns.map((column) => html`<th scope="col">${column}</th>`);
  return html`<h2>${what} <small>${count}</small></h2>\n${remark}<div class="scroll"><table class="sorts rows"><caption>${what}</caption><thead><tr>${heads}</tr></thead><tbody>\n`;
}
