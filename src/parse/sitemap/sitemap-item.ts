/** What a sitemap lists. A page that is only there as another language of one (`xhtml:link`) is an `alternate`. */
export type SitemapItem =
  | { kind: 'url'; url: string; lastmod?: string; alternate?: true }
  | { kind: 'sitemap'; url: string; lastmod?: string };

/** Why not all of a sitemap was read, or nothing. What came before counts. */
export type SitemapProblem =
  | 'empty'
  /** A page of HTML, as sites answer for what they do not have. */
  | 'html'
  | 'not-a-sitemap'
  /** It ends in the middle: its XML is broken, or the transfer was. */
  | 'cut-short'
  | 'bad-gzip'
  | 'too-large'
  | 'too-many';

/** How the reading of a sitemap ended. */
export interface SitemapEnd {
  pages: number;
  alternates: number;
  sitemaps: number;
  /** Entries without a URL, or with one that is none, is not http(s) or is too long. */
  refused: number;
  problem?: SitemapProblem;
}

/** How much of one sitemap is read. */
export interface SitemapLimits {
  /** Uncompressed. */
  maxBytes: number;
  /** Pages and sitemaps. */
  maxUrls: number;
}

/** Those of the protocol (sitemaps.org): 50 MiB and 50,000 URLs. */
export const SITEMAP_LIMITS: SitemapLimits = { maxBytes: 50 * 1024 * 1024, maxUrls: 50_000 };

/** The problem as a log says it, behind the sitemap's URL. */
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

/** Reads a sitemap of one kind from its text, piece by piece. */
export interface SitemapParser {
  /** What the next piece completes. */
  read(piece: string): SitemapItem[];
  /** What the end completes. */
  end(): SitemapItem[];
  /** Entries that gave nothing, so far. */
  readonly refused: number;
  /** What is known to be wrong with it, so far; after `end`, with the whole. */
  readonly problem: 'html' | 'not-a-sitemap' | 'cut-short' | undefined;
}

/** Longest URL that is taken, in UTF-16 code units: the sources of a crawl take none that is longer. */
export const MAX_LOCATION_CHARS = 16_384;

/** A URL of a sitemap, resolved against the sitemap's own; undefined if it is none, or not http(s). */
export function locationOf(text: string, base: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > MAX_LOCATION_CHARS || !URL.canParse(trimmed, base)) return undefined;
  const { protocol, href } = new URL(trimmed, base);
  return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}
