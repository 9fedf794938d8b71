import type { Outcome } from '../../model/outcome.ts';
import { verdictClass } from '../../model/verdict.ts';
import { whereFrom } from '../row-words.ts';
import { shownNumber } from '../shown-figures.ts';
import { firstPages, type ShownPages } from './page-list.ts';
import type { Referrers } from './referrers.ts';

/**
 * Where a URL stands beside its first place in the input: further places in documents, and of a failed one the pages with a link to it: all that are known, where they were looked for, else the one on which it was
 * found first.
 */
export function pagesOf(outcome: Outcome, referrers: Referrers | undefined, most: number): ShownPages {
  const { verdict, referrer, places = [], morePlaces = 0 } = outcome;
  const first = verdictClass(verdict) === 'failed' && referrer !== undefined ? [referrer] : [];
  const linking = referrers?.of(outcome);
  const { pages, more } = linking === undefined ? { pages: first, more: 0 } : firstPages(linking, most);
  const named = places.slice(0, most);
  return { pages: [...named, ...pages], more: places.length - named.length + morePlaces + more };
}

/** The same, and before them its first place in the input, if it has one. */
export function placesOf(outcome: Outcome, onlySource: string | undefined, referrers: Referrers | undefined, most: number): ShownPages {
  const { pages, more } = pagesOf(outcome, referrers, most);
  const place = whereFrom(outcome, onlySource);
  const isPage = place !== undefined && place === outcome.referrer;
  return { pages: place === undefined || (isPage && pages.length > 0) ? pages : [place, ...pages], more };
}

/** `on http://example.com/`, or for a place in a file `at README.md:12`. */
export function atPlace(place: string): string {
  return /^https?:\/\//.test(place) ? `on ${place}` : `at ${place}`;
}

/** `and 3 more places`; empty if there are none. */
export function morePages(more: number): string {
  return more === 0 ? '' : `and ${shownNumber(more)} more place${more === 1 ? '' : 's'}`;
}
