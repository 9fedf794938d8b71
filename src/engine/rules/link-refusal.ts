/** Why a new link is left out. */
export type LinkRefusal = 'depth' | 'max-urls' | 'max-urls-per-host';

/** Where a link would stand in its run. */
export interface LinkPlace {
  depth: number;
  /** It has its row in the log of an earlier engine. So it already counts as one of the run's URLs, and their limits do not apply to it. */
  hasRow: boolean;
  /** URLs of the run. Rows in the log count even before their URLs are met again. */
  urls: number;
  /** URLs of the run on the link's host. */
  hostUrls: number;
}

/** The limits for the links of a run. Seeds count, but are never left out. */
export interface LinkBounds {
  depth: number;
  maxUrls?: number;
  maxUrlsPerHost: number;
}

/** Both engines obey this rule; `link-refusal.lua` is its twin. */
export function linkRefusal({ depth, hasRow, urls, hostUrls }: LinkPlace, bounds: LinkBounds): LinkRefusal | undefined {
  if (depth > bounds.depth) return 'depth';
  if (hasRow) return undefined;
  if (bounds.maxUrls !== undefined && urls >= bounds.maxUrls) return 'max-urls';
  return hostUrls >= bounds.maxUrlsPerHost ? 'max-urls-per-host' : undefined;
}
