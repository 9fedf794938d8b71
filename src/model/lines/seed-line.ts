import type { RequestSpec } from '../request-spec.ts';
import { canonicalUrl, urlKey, withoutDotSegments } from '../url/canonical-url.ts';
import { maskCredentials } from '../url/without-credentials.ts';

/** Where a link stands. */
export interface LinkPlace {
  source?: string;
  line?: number;
}

/** Longest line that is taken for a URL, in UTF-16 code units. Sources cut longer ones to one more than this. */
export const MAX_LINE_CHARS = 16_384;

/** What one line of a list is. `input` is the line as it may be shown: credentials in it are masked. The `url` still has them. `meta` is that of a record that cannot be requested. `place`, and of an invalid one what its request would have told, are those of a link. */
export type SeedLine =
  | { kind: 'blank' }
  | { kind: 'url'; url: string; key: string; origin: string; input: string; request?: RequestSpec; place?: LinkPlace }
  | ({ kind: 'invalid'; input: string; code: string; message: string; place?: LinkPlace } & Pick<
      RequestSpec,
      'meta' | 'metaText' | 'places' | 'morePlaces'
    >);

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const BARE_HOST = /^(?:localhost|\[[0-9a-f:.]+\]|[^\s/?#@:[\]]+\.[^\s/?#@:[\]]*)(?::\d{0,5})?(?:[/?#]|$)/i;
const SHOWN_CHARS = 1_024;

/**
 * Reads a URL as curl would read its argument: it has a scheme only if it starts like `name://`; without one it
 * is taken as `http://` if its host is `localhost`, an IP literal or a dotted name. An e-mail address is not. Blank text and `#` comments are nothing.
 * Never throws.
 */
export function parseSeedLine(text: string): SeedLine {
  if (text.length > MAX_LINE_CHARS) {
    return invalidLine(text, 'LINE_TOO_LONG', `the line is longer than ${MAX_LINE_CHARS} characters`);
  }
  const line = text.trim();
  if (line === '' || line.startsWith('#')) return { kind: 'blank' };
  const hasScheme = SCHEME.test(line);
  if (!hasScheme && !BARE_HOST.test(line)) {
    return invalidLine(line, 'NOT_A_URL', 'not a URL: add a scheme, as in https://example.com/');
  }
  let url: URL;
  try {
    url = withoutDotSegments(new URL(hasScheme ? line : `http://${line}`));
  } catch {
    return invalidLine(line, 'NOT_A_URL', 'not a valid URL');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return invalidLine(line, 'UNSUPPORTED_SCHEME', `the scheme ${url.protocol.slice(0, -1)} is not supported: only http and https are`);
  }
  const canonical = canonicalUrl(url);
  if (url.hash !== '' || url.href.endsWith('#')) url.hash = '';
  const input = url.username === '' && url.password === '' ? line : maskCredentials(line);
  return { kind: 'url', url: url.href, key: urlKey(canonical), origin: url.origin, input };
}

/** A line that is not a URL, as it may be shown. */
export function invalidLine(text: string, code: string, message: string): SeedLine {
  // Masked before it is cut: the `@` by which credentials are known may stand behind the cut.
  const masked = maskCredentials(text);
  const input = masked.length > SHOWN_CHARS ? `${masked.slice(0, SHOWN_CHARS)}…` : masked;
  return { kind: 'invalid', input, code, message };
}
