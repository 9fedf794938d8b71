import type { Entry } from '../../model/entry.ts';
import { canonicalUrl, urlKey } from '../../model/url/canonical-url.ts';
import { lineKey } from './logged-rows.ts';

/**
 * The entry that fetches a page once more for its links: it has its row. Its key is none that a URL has, so that both can be on their way at the same time.
 */
export function revisitOf(entry: Entry): Entry {
  return { ...entry, key: `r${entry.key.slice(1)}`, revisit: true };
}

/** The key under which the entry's page is known: its own, or that of the entry that it revisits. */
export function pageKey(entry: Entry): string {
  if (entry.revisit === undefined) return entry.key;
  return entry.identity === 'line' ? lineKey(entry) : urlKey(canonicalUrl(new URL(entry.url)));
}
