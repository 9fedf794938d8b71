import type { Checked } from '../request-spec.ts';
import { canonicalUrl, urlKey } from '../url/canonical-url.ts';
import { LOCAL_ORIGIN, localUrl, withoutLocalOrigin } from '../url/local-target.ts';
import { type StripParams, strippedUrl } from '../url/strip-params.ts';
import { withoutCredentials } from '../url/without-credentials.ts';
import type { SeedLine } from './seed-line.ts';

/** The error code of a URL that matches one of the run's `exclude` patterns. */
const EXCLUDED = 'EXCLUDED';

/** The result of a URL that is excluded. */
export type Exclusion = Extract<Checked, object>;

/**
 * The result of a URL that matches a pattern, by the first one that does. Undefined if none does.
 *
 * @param shown the URL as its row shows it
 */
export function exclusionBy(shown: string, patterns: readonly RegExp[]): Exclusion | undefined {
  const pattern = patterns.find((one) => one.test(shown));
  return pattern && { verdict: 'out-of-scope', code: EXCLUDED, message: `matches --exclude ${pattern.source}` };
}

/**
 * Marks a seed whose URL, as its row shows it, matches a pattern. It is settled without a request and under the local
 * origin, because its result says nothing about its real origin.
 */
export function excludedSeed(seed: SeedLine, patterns: readonly RegExp[]): SeedLine {
  if (seed.kind !== 'url') return seed;
  const shown = withoutLocalOrigin(withoutCredentials(seed.url));
  const checked = exclusionBy(shown, patterns);
  if (checked === undefined) return seed;
  return { ...seed, url: localUrl(shown), origin: LOCAL_ORIGIN, request: { ...seed.request, checked } };
}

/** The seed without the query parameters that the run strips, and with the key of the new URL. */
export function strippedSeed(seed: SeedLine, params: StripParams): SeedLine {
  if (seed.kind !== 'url' || !seed.url.includes('?')) return seed;
  const url = new URL(seed.url);
  const stripped = strippedUrl(url, params);
  return stripped === url ? seed : { ...seed, url: stripped.href, key: urlKey(canonicalUrl(stripped)) };
}
