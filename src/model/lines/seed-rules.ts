import type { Checked } from '../request-spec.ts';
import { canonicalUrl, urlKey } from '../url/canonical-url.ts';
import { LOCAL_ORIGIN, localUrl, withoutLocalOrigin } from '../url/local-target.ts';
import { type StripParams, strippedUrl } from '../url/strip-params.ts';
import { withoutCredentials } from '../url/without-credentials.ts';
import type { SeedLine } from './seed-line.ts';

/** The code of a URL that matches one of the run's `exclude`. */
const EXCLUDED = 'EXCLUDED';

/** What becomes of a URL that is excluded. */
export type Exclusion = Extract<Checked, object>;

/** That of a URL, by the first pattern that matches it; undefined if none does. */
export function exclusionBy(shown: string, patterns: readonly RegExp[]): Exclusion | undefined {
  const pattern = patterns.find((one) => one.test(shown));
  return pattern && { verdict: 'out-of-scope', code: EXCLUDED, message: `matches --exclude ${pattern.source}` };
}

/** A seed whose URL, as its row shows it, matches a pattern is settled without a request, and apart from its origin: what becomes of it says nothing of that. */
export function excludedSeed(seed: SeedLine, patterns: readonly RegExp[]): SeedLine {
  if (seed.kind !== 'url') return seed;
  const shown = withoutLocalOrigin(withoutCredentials(seed.url));
  const checked = exclusionBy(shown, patterns);
  if (checked === undefined) return seed;
  return { ...seed, url: localUrl(shown), origin: LOCAL_ORIGIN, request: { ...seed.request, checked } };
}

/** A seed without the query parameters that the run strips, and with the key that it has then. */
export function strippedSeed(seed: SeedLine, params: StripParams): SeedLine {
  if (seed.kind !== 'url' || !seed.url.includes('?')) return seed;
  const url = new URL(seed.url);
  const stripped = strippedUrl(url, params);
  return stripped === url ? seed : { ...seed, url: stripped.href, key: urlKey(canonicalUrl(stripped)) };
}
