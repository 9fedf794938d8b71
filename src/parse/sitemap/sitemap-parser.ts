import type { SitemapItem } from './sitemap-item.ts';

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
