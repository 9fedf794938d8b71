/** Why a link that the run has not seen is left out. */
export type LinkRefusal = 'depth' | 'max-urls' | 'max-urls-per-host';

/** Where a link would stand in its run. */
export interface LinkPlace {
  depth: number;
  /** It has its row in the log of an earlier engine: it is one of the run's URLs already, so the limits of their number do not hold for it. */
  hasRow: boolean;
  /** URLs that the run has. Rows in the log count, also before their URLs are met again. */
  urls: number;
  /** URLs of the link's host that the run has. */
  hostUrls: number;
}

/** The limits of a run's links. Seeds count, and are never left out. */
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
