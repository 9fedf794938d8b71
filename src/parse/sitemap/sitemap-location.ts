/** Longest URL that is taken, in UTF-16 code units: the sources of a crawl take none that is longer. */
export const MAX_LOCATION_CHARS = 16_384;

/** A URL of a sitemap, resolved against the sitemap's own; undefined if it is none, or not http(s). */
export function locationOf(text: string, base: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > MAX_LOCATION_CHARS || !URL.canParse(trimmed, base)) return undefined;
  const { protocol, href } = new URL(trimmed, base);
  return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}
