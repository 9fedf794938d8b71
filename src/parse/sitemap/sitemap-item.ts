/**
 * An item of a sitemap. `alternate` marks a page that is listed only as another language version of a page
 * (`xhtml:link`).
 */
export type SitemapItem =
  | { kind: 'url'; url: string; lastmod?: string; alternate?: true }
  | { kind: 'sitemap'; url: string; lastmod?: string };

/** Why a sitemap was not read, or not completely. The items before the problem count. */
export type SitemapProblem =
  | 'empty'
  /** An HTML page, which many sites return for missing files. */
  | 'html'
  | 'not-a-sitemap'
  /** Its XML is broken or the transfer was incomplete. */
  | 'cut-short'
  | 'bad-gzip'
  | 'too-large'
  | 'too-many';

/** How the reading of a sitemap ended, with the numbers of its items. */
export interface SitemapEnd {
  pages: number;
  alternates: number;
  sitemaps: number;
  /** Entries without a URL, or whose URL is invalid, too long or not http(s). */
  refused: number;
  problem?: SitemapProblem;
}

/** Limits for one sitemap. */
export interface SitemapLimits {
  /** Bytes after decompression. */
  maxBytes: number;
  /** Pages and sitemaps together. */
  maxUrls: number;
}

/** The limits of the protocol (sitemaps.org): 50 MiB and 50,000 URLs. */
export const SITEMAP_LIMITS: SitemapLimits = { maxBytes: 50 * 1024 * 1024, maxUrls: 50_000 };

/** A description of the problem. It follows the URL of the sitemap. */
export function sitemapProblemText(problem: SitemapProblem, { maxBytes, maxUrls }: SitemapLimits = SITEMAP_LIMITS): string {
  switch (problem) {
    case 'empty':
      return 'is empty';
    case 'html':
      return 'is not a sitemap: it is an HTML page';
    case 'not-a-sitemap':
      return 'is not a sitemap: it is neither XML, nor a feed, nor a list of URLs';
    case 'cut-short':
      return 'ends in the middle: the URLs before that are used';
    case 'bad-gzip':
      return 'is broken: its gzip data is damaged; the URLs before that are used';
    case 'too-large':
      return `is larger than ${Math.round(maxBytes / 1024 / 1024)} MiB: the rest is not read`;
    case 'too-many':
      return `lists more than ${maxUrls} URLs: the rest is not read`;
  }
}

/** Parses a sitemap of one format from its text, piece by piece. */
export interface SitemapParser {
  /** Parses the next piece. Returns the items that are complete now. */
  read(piece: string): SitemapItem[];
  /** Ends the text. Returns the remaining items. */
  end(): SitemapItem[];
  /** Entries so far that gave no item. */
  readonly refused: number;
  /** The problem that is known so far. Final after `end`. */
  readonly problem: 'html' | 'not-a-sitemap' | 'cut-short' | undefined;
}

/** Longest URL that is accepted, in UTF-16 code units. The sources of a crawl accept no longer ones. */
export const MAX_LOCATION_CHARS = 16_384;

/**
 * Resolves a URL of a sitemap. Undefined if it is invalid or not http(s).
 *
 * @param base the sitemap's own URL
 */
export function locationOf(text: string, base: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > MAX_LOCATION_CHARS || !URL.canParse(trimmed, base)) return undefined;
  const { protocol, href } = new URL(trimmed, base);
  return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}
