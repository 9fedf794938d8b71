import type { Entry } from '../../model/entry.ts';
import { canonicalUrl, urlKey } from '../../model/url/canonical-url.ts';
import { lineKey } from './logged-rows.ts';

/**
 * The entry that fetches a page again for its links. The page has its row already. No URL has such a key, so the page
 * and its revisit can be in the frontier at the same time.
 */
export function revisitOf(entry: Entry): Entry {
  return { ...entry, key: `r${entry.key.slice(1)}`, revisit: true };
}

/** The key of the entry's page: its own, or that of the entry that it revisits. */
export function pageKey(entry: Entry): string {
  if (entry.revisit === undefined) return entry.key;
  return entry.identity === 'line' ? lineKey(entry) : urlKey(canonicalUrl(new URL(entry.url)));
}
