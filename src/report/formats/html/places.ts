import { morePages } from '../../links/found-on.ts';
import type { ShownPages } from '../../links/page-list.ts';
import { shownNumber } from '../../shown-figures.ts';
import { html, type Markup } from './markup.ts';

/** The places of a link, for a table cell: the first place, and the others in a collapsed list. */
export function places({ pages, more }: ShownPages): Markup {
  const [first, ...others] = pages;
  if (first === undefined) return html``;
  const rest = others.map((page) => html`<div>${place(page)}</div>`);
  const left = more === 0 ? undefined : html`<div>${morePages(more)}</div>`;
  if (others.length === 0) return html`${place(first)}${left}`;
  return html`${place(first)}<details><summary>${shownNumber(others.length + more)} more</summary>${rest}${left}</details>`;
}

/** True for the URL of a page, false for a place in a source such as `README.md:12`. */
export function isPage(place: string | undefined): boolean {
  return place !== undefined && /^https?:\/\//.test(place) && URL.canParse(place);
}

/** A page as a link; any other place as text. */
export function place(text: string): Markup {
  return isPage(text) ? html`<a href="${text}" rel="noopener noreferrer nofollow">${breakable(text)}</a>` : breakable(text);
}

/** A URL or a path that may wrap after each slash. By default browsers would wrap it inside words. */
export function breakable(text: string): Markup {
  const parts = text.split(/(?<=[^/:]\/)(?=[^/])/);
  return html`${parts.map((part, index) => (index === 0 ? html`${part}` : html`<wbr>${part}`))}`;
}
