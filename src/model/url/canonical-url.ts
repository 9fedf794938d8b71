import { hash } from 'node:crypto';

/** Most URLs have none of these, and are canonical as they are. */
const OTHER_SPELLINGS = /[%|[\]^`{}\\]/;
/** What WHATWG leaves as it is, at least in a query, although RFC 3986 allows it only escaped. */
const NOT_IN_URIS = /[|[\]^`{}\\]/g;
const NEEDS_ESCAPE = /[|[\]^`{}\\]/;

/** An escape with a lower-case digit, or of an unreserved character. Most URLs with escapes have none: WHATWG writes its own in upper case. */
const NEEDS_REWRITE = /%(?:[a-f][0-9a-fA-F]|[0-9A-F][a-f]|2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])/;
/** A `%` that begins no escape, with the escape that follows it; or an escape. */
const ESCAPES = /(%(?![0-9a-f]{2})[0-9a-f]?)(%[0-9a-f]{2})?|%[0-9a-f]{2}/gi;
/** RFC 3986 section 2.3: escaping these changes nothing. */
const UNRESERVED = /[A-Za-z0-9._~-]/;

/**
 * The canonical form of an http or https URL: two URLs with the same canonical form are one entry. The request goes to the URL
 * as WHATWG serialises it; this form only decides what is the same. It is the canonical form of itself.
 *
 * WHATWG parsing has already lowered the scheme and host, converted IDNs, dropped default ports and resolved dot segments, escaped
 * dots included (but see `withoutDotSegments`). On top of that:
 *
 * - the fragment goes;
 * - escapes of unreserved characters are decoded, the others written in upper case (RFC 3986 section 6.2.2);
 * - `|`, `[`, `]`, `^` and, in a query, also `` ` ``, `{`, `}` and `\` are escaped in path and query. RFC 3986 has no such characters, so
 *   that the bare one can mean nothing else; and which of them a Node version escapes by itself differs (`^` in a path), so that without this
 *   the key would depend on the worker.
 *
 * What a server may tell apart stays: the order of parameters, `www.`, a trailing slash, doubled slashes, a `?` with nothing behind it
 * (section 6.2.3 of the RFC), escapes of reserved characters (`%2F`, and `%27` in a path, where `'` is one), and a `%` that begins no
 * escape, to which many servers answer 400 and not what they answer to `%25`.
 */
export function canonicalUrl(url: URL): string {
  const { href } = withoutDotSegments(url);
  const fragment = href.indexOf('#');
  const whole = fragment === -1 ? href : href.slice(0, fragment);
  if (!OTHER_SPELLINGS.test(whole)) return whole;
  // No slash is in `https://user:password@host`, and the brackets of an IPv6 address stay.
  const path = whole.indexOf('/', 'https://'.length);
  return withCanonicalEscapes(whole.slice(0, path)) + canonicalCharacters(whole.slice(path));
}

/** The canonical form of a URL's path: what stands in `canonicalUrl` between host and query. */
export function canonicalPath(url: URL): string {
  return canonicalCharacters(withoutDotSegments(url).pathname);
}

function canonicalCharacters(pathAndQuery: string): string {
  const rewritten = withCanonicalEscapes(pathAndQuery);
  return NEEDS_ESCAPE.test(rewritten) ? rewritten.replace(NOT_IN_URIS, escaped) : rewritten;
}

function withCanonicalEscapes(text: string): string {
  if (!NEEDS_REWRITE.test(text)) return text;
  return text.replace(ESCAPES, (match: string, lonePercent?: string, next?: string) => {
    // Decoded, the escape could become the digits that the lone % lacks: `%%36%31` would be `%61`.
    if (lonePercent !== undefined) return lonePercent + (next ?? '').toUpperCase();
    const character = String.fromCharCode(Number.parseInt(match.slice(1), 16));
    return UNRESERVED.test(character) ? character : match.toUpperCase();
  });
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Identity of an entry: the first 64 bits of SHA-1 as 16 hexadecimal digits. 10 million URLs collide with probability 3e-6. */
export function urlKey(canonical: string): string {
  return hash('sha1', canonical, 'hex').slice(0, 16);
}

/** Path and query of an http or https URL as WHATWG serialises it, which keeps a `?` with nothing behind it. `URL.search` does not. */
export function requestTarget({ href }: URL): string {
  // The first slash behind `http://` and a host of at least one character.
  const start = href.indexOf('/', 'https://'.length);
  const fragment = href.indexOf('#', start);
  return fragment === -1 ? href.slice(start) : href.slice(start, fragment);
}

const DOT_SEGMENT = /\/(\.\.?)(?=\/|$)/g;

/**
 * A URL whose path has no dot segments: the URL itself, if its parser was right, else a new one.
 *
 * Node's parser up to Ada 3.2.2 (all of Node 20) leaves them where a segment before them begins with a dot: `/a/.b/../c` stays as it is
 * (ada-url/ada#935). Such a path would have two keys, and lie below `/a/.b/` for whoever compares beginnings. Escaped dots take the parser's other way.
 */
export function withoutDotSegments(url: URL): URL {
  const { pathname } = url;
  if (!pathname.includes('/.')) return url;
  const escaped = pathname.replace(DOT_SEGMENT, (_match, dots: string) => `/${dots.replaceAll('.', '%2e')}`);
  if (escaped === pathname) return url;
  const resolved = new URL(url);
  resolved.pathname = escaped;
  return resolved;
}
