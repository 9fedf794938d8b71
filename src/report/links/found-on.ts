import type { Outcome } from '../../model/outcome.ts';
import { verdictClass } from '../../model/verdict.ts';
import { whereFrom } from '../row-words.ts';
import { shownNumber } from '../shown-figures.ts';
import { firstPages, type ShownPages } from './page-list.ts';
import type { Referrers } from './referrers.ts';

/**
 * Where a URL was found, without its first place in the input: its further places in documents and, if it failed, the pages that link to it. Without `referrers`, only the page on which it was found first is known.
 */
export function pagesOf(outcome: Outcome, referrers: Referrers | undefined, most: number): ShownPages {
  const { verdict, referrer, places = [], morePlaces = 0 } = outcome;
  const first = verdictClass(verdict) === 'failed' && referrer !== undefined ? [referrer] : [];
  const linking = referrers?.of(outcome);
  const { pages, more } = linking === undefined ? { pages: first, more: 0 } : firstPages(linking, most);
  const named = places.slice(0, most);
  return { pages: [...named, ...pages], more: places.length - named.length + morePlaces + more };
}

/** The same, preceded by the first place in the input, if there is one. */
export function placesOf(outcome: Outcome, onlySource: string | undefined, referrers: Referrers | undefined, most: number): ShownPages {
  const { pages, more } = pagesOf(outcome, referrers, most);
  const place = whereFrom(outcome, onlySource);
  const isPage = place !== undefined && place === outcome.referrer;
  return { pages: place === undefined || (isPage && pages.length > 0) ? pages : [place, ...pages], more };
}

/** `on http://example.com/` for a page, `at README.md:12` for a place in a file. */
export function atPlace(place: string): string {
  return /^https?:\/\//.test(place) ? `on ${place}` : `at ${place}`;
}

/** `and 3 more places`; empty for 0. */
export function morePages(more: number): string {
  return more === 0 ? '' : `and ${shownNumber(more)} more place${more === 1 ? '' : 's'}`;
}
