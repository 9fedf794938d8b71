import { canonicalUrl, urlKey } from './canonical-url.ts';
import { withoutDotSegments } from './dot-segments.ts';
import type { LinkPlace } from './link-line.ts';
import type { RequestSpec } from './request-spec.ts';
import { maskCredentials } from './without-credentials.ts';

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

/** Few lines have anything that is not part of their URL; only those are looked at more closely. */
const PASTED = /[\s\u200b\ufeff]|^[<"'`]/;
/** What pasted lists put before a URL: bullets, numbers. */
const LIST_MARK = /^(?:[-*+\u2022]|\d{1,6}[.)])\s+/;
const QUOTED = /^(?:<([^<>]*)>|"([^"]*)"|'([^']*)'|`([^`]*)`)[,;]?$/;
const INVISIBLE_ENDS = /^[\u200b\ufeff]+|[\u200b\ufeff]+$/g;

/**
 * Reads one line of a list as curl would read its argument: it has a scheme only if it starts like `name://`; without one it
 * is taken as `http://` if its host is `localhost`, an IP literal or a dotted name. An e-mail address is not. Blank lines and `#` comments are nothing.
 *
 * Pasted lists are understood: a comment behind the URL (` # why`), a tab after it, `<URL>`, quotes, `- URL` and `1. URL`. A line that is not UTF-8, or has
 * several URLs, is invalid: what nobody wrote is not requested. Never throws.
 */
export function parseSeedLine(text: string): SeedLine {
  if (text.length > MAX_LINE_CHARS) {
    return invalidLine(text, 'LINE_TOO_LONG', `the line is longer than ${MAX_LINE_CHARS} characters`);
  }
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.startsWith('#')) return { kind: 'blank' };
  if (trimmed.includes('\ufffd')) {
    return invalidLine(trimmed, 'NOT_UTF8', 'the line is not valid UTF-8: save the list as UTF-8, or percent-encode the URL');
  }
  const line = PASTED.test(trimmed) ? withoutTrimmings(trimmed) : trimmed;
  if (line.startsWith('#')) return { kind: 'blank' };
  if (/\s[a-z][a-z0-9+.-]*:\/\//i.test(line)) return invalidLine(line, 'NOT_A_URL', 'several URLs: write one a line');
  const hasScheme = SCHEME.test(line);
  if (!hasScheme && !BARE_HOST.test(line)) {
    return invalidLine(line, 'NOT_A_URL', 'not a URL: write it with its scheme, such as https://example.com/');
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

/** The URL of a pasted line, without what stands around it. */
function withoutTrimmings(line: string): string {
  const bare = line
    .replace(INVISIBLE_ENDS, '')
    .replace(LIST_MARK, '')
    .replace(/\t.*$|\s+#.*$/s, '')
    .trim();
  const [, angled, double, single, back] = QUOTED.exec(bare) ?? [];
  return (angled ?? double ?? single ?? back ?? bare).trim();
}

/** A line that is not a URL, as it may be shown. */
export function invalidLine(text: string, code: string, message: string): SeedLine {
  // Masked before it is cut: the `@` by which credentials are known may stand behind the cut.
  const masked = maskCredentials(text);
  const input = masked.length > SHOWN_CHARS ? `${masked.slice(0, SHOWN_CHARS)}…` : masked;
  return { kind: 'invalid', input, code, message };
}
