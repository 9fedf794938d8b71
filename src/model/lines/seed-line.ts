import { copyString } from '../../util/flat-text.ts';
import type { RequestSpec } from '../request-spec.ts';
import { canonicalUrl, urlKey, withoutDotSegments } from '../url/canonical-url.ts';
import { maskCredentials } from '../url/without-credentials.ts';

/** The document and line that contain a link. */
export interface LinkPlace {
  source?: string;
  line?: number;
}

/** Longest line that is parsed as a URL, in UTF-16 code units. Sources cut longer lines to one unit more than this. */
export const MAX_LINE_CHARS = 16_384;

/**
 * A parsed line of a list.
 *
 * - `input` is the line in a form that may be shown, with credentials masked. `url` still contains them.
 * - `meta` and `metaText` of an invalid line are those of a record that cannot be requested.
 * - `place`, `places` and `morePlaces` are set only for links of documents.
 */
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
 * The rest of a URL after its origin, if URL parsers and `canonicalUrl` leave it as it is: no dot segments, no
 * fragment, and only ASCII characters that are never escaped.
 */
const UNCHANGED_REST = /(?:\/(?!\.)[\w~!$&()*+,;=@:.-]*)+(?:\?[\w~!$&()*+,;=@:./?-]*)?$/y;

/**
 * The origin of the last URL that was parsed. Most lines of a list have the origin of the line before and nothing to
 * normalise. They need no URL parser, which takes a third of the time to submit a line.
 */
let lastOrigin: string | undefined;

/**
 * Parses a URL as curl parses its argument. It has a scheme only if it begins like `name://`. Without one, it is taken
 * as `http://` if its host is `localhost`, an IP literal or a dotted name. An e-mail address is not a URL. Blank lines
 * and `#` comments are ignored. Never throws.
 */
export function parseSeedLine(text: string): SeedLine {
  if (text.length > MAX_LINE_CHARS) {
    return invalidLine(text, 'LINE_TOO_LONG', `the line is longer than ${MAX_LINE_CHARS} characters`);
  }
  const line = text.trim();
  if (line === '' || line.startsWith('#')) return { kind: 'blank' };
  if (lastOrigin !== undefined && line.startsWith(lastOrigin) && isUnchangedFrom(line, lastOrigin.length)) {
    const url = copyString(line);
    return { kind: 'url', url, key: urlKey(url), origin: lastOrigin, input: url };
  }
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
  lastOrigin = url.origin;
  return { kind: 'url', url: url.href, key: urlKey(canonical), origin: lastOrigin, input };
}

function isUnchangedFrom(line: string, at: number): boolean {
  UNCHANGED_REST.lastIndex = at;
  return UNCHANGED_REST.test(line);
}

/** An invalid line, with its text in a form that may be shown. */
export function invalidLine(text: string, code: string, message: string): SeedLine {
  // Mask before cutting: the `@` that reveals credentials may be after the cut.
  const masked = maskCredentials(text);
  const input = masked.length > SHOWN_CHARS ? `${masked.slice(0, SHOWN_CHARS)}…` : masked;
  return { kind: 'invalid', input, code, message };
}
