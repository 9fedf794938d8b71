import { readSitemap } from '../../../src/parse/sitemap/read-sitemap.ts';
import type { SitemapEnd, SitemapItem, SitemapLimits } from '../../../src/parse/sitemap/sitemap-item.ts';

/** A body that arrives in pieces of this many bytes. */
export async function* inPieces(
  content: string | Uint8Array,
  bytes = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array, void, undefined> {
  const all = Buffer.from(content as Uint8Array);
  for (let from = 0; from < all.length; from += bytes) yield all.subarray(from, from + bytes);
}

/** Reads a whole sitemap: its items and its end. */
export async function readAll(
  body: AsyncIterable<Uint8Array>,
  url = 'http://example.com/dir/sitemap.xml',
  limits?: SitemapLimits,
): Promise<{ items: SitemapItem[]; end: SitemapEnd }> {
  const reading = readSitemap(body, url, limits);
  const items: SitemapItem[] = [];
  for (;;) {
    const { value, done } = await reading.next();
    if (done === true) return { items, end: value };
    items.push(value);
  }
}
