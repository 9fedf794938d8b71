import { canonicalUrl, urlKey } from '../url/canonical-url.ts';
import { type StripParams, strippedUrl } from '../url/strip-params.ts';
import type { SeedLine } from './seed-line.ts';

/** A seed without the query parameters that the run strips, and with the key that it has then. */
export function strippedSeed(seed: SeedLine, params: StripParams): SeedLine {
  if (seed.kind !== 'url' || !seed.url.includes('?')) return seed;
  const url = new URL(seed.url);
  const stripped = strippedUrl(url, params);
  return stripped === url ? seed : { ...seed, url: stripped.href, key: urlKey(canonicalUrl(stripped)) };
}
