import { hash } from 'node:crypto';

/** Characters that can make a URL non-canonical. Most URLs have none of them. */
const OTHER_SPELLINGS = /[%|[\]^`{}\\]/;
/** Characters that the WHATWG serialiser leaves unescaped, at least in a query, although RFC 3986 requires escapes. */
const NOT_IN_URIS = /[|[\]^`{}\\]/g;
const NEEDS_ESCAPE = /[|[\]^`{}\\]/;

/**
 * An escape with a lower-case digit, or of an unreserved character. Most URLs with escapes have neither, because WHATWG
 * writes its own escapes in upper case.
 */
const NEEDS_REWRITE = /%(?:[a-f][0-9a-fA-F]|[0-9A-F][a-f]|2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])/;
/** A `%` that begins no escape, with the escape that follows it; or an escape. */
const ESCAPES = /(%(?![0-9a-f]{2})[0-9a-f]?)(%[0-9a-f]{2})?|%[0-9a-f]{2}/gi;
/** The unreserved characters of RFC 3986 section 2.3. Escaping them does not change the meaning. */
const UNRESERVED = /[A-Za-z0-9._~-]/;

/**
 * The canonical form of an http or https URL. Two URLs with the same canonical form are one entry. It is used only for
 * comparison: the request goes to the URL as serialised by WHATWG. The function is idempotent.
 *
 * WHATWG parsing has already lower-cased the scheme and host, converted IDNs, dropped default ports and resolved dot
 * segments, including escaped dots (but see `withoutDotSegments`). In addition:
 *
 * - the fragment is removed;
 * - escapes of unreserved characters are decoded, and other escapes are written in upper case (RFC 3986 section 6.2.2);
 * - `|`, `[`, `]`, `^` and, in a query, also `` ` ``, `{`, `}` and `\` are escaped in path and query. RFC 3986 does not
 *   allow them unescaped, so the unescaped character cannot mean anything else. Node versions differ in which of them
 *   they escape (`^` in a path), so without this rule the key would depend on the worker.
 *
 * Differences that a server may notice are kept: the order of parameters, `www.`, a trailing slash, double slashes, a
 * `?` with an empty query (RFC 3986 section 6.2.3), escapes of reserved characters (`%2F`, and `%27` in a path, where
 * `'` is reserved), and a `%` that begins no escape, to which many servers respond with 400, unlike to `%25`.
 */
export function canonicalUrl(url: URL): string {
  const { href } = withoutDotSegments(url);
  const fragment = href.indexOf('#');
  const whole = fragment === -1 ? href : href.slice(0, fragment);
  if (!OTHER_SPELLINGS.test(whole)) return whole;
  // `https://user:password@host` contains no further slash. The brackets of an IPv6 address must stay.
  const path = whole.indexOf('/', 'https://'.length);
  return withCanonicalEscapes(whole.slice(0, path)) + canonicalCharacters(whole.slice(path));
}

/** The path of the canonical URL, without the query. */
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
    // Decoding this escape could complete the lone `%`: `%%36%31` would become `%61`.
    if (lonePercent !== undefined) return lonePercent + (next ?? '').toUpperCase();
    const character = String.fromCharCode(Number.parseInt(match.slice(1), 16));
    return UNRESERVED.test(character) ? character : match.toUpperCase();
  });
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/**
 * The key of an entry: the first 64 bits of SHA-1 as 16 hexadecimal digits. Among 10 million URLs the probability of a
 * collision is 3e-6.
 */
export function urlKey(canonical: string): string {
  return hash('sha1', canonical, 'hex').slice(0, 16);
}

/**
 * Path and query of an http or https URL, as serialised by WHATWG. Keeps a `?` with an empty query, which `URL.search`
 * drops.
 */
export function requestTarget({ href }: URL): string {
  // The first slash after `http://` and a host of at least one character.
  const start = href.indexOf('/', 'https://'.length);
  const fragment = href.indexOf('#', start);
  return fragment === -1 ? href.slice(start) : href.slice(start, fragment);
}

const DOT_SEGMENT = /\/(\.\.?)(?=\/|$)/g;

/**
 * The URL with all dot segments of its path resolved: the same object if there are none, otherwise a new one.
 *
 * URL parsers resolve dot segments, but Node's parser up to Ada 3.2.2 (all of Node 20) misses them if an earlier
 * segment begins with a dot: `/a/.b/../c` stays unchanged (ada-url/ada#935). The URL would then have two keys, and a
 * prefix comparison would place it below `/a/.b/`. The parser does resolve escaped dots, so we escape them.
 */
export function withoutDotSegments(url: URL): URL {
  const { pathname } = url;
  if (!pathname.includes('/.')) return url;
  const withEscapedDots = pathname.replace(DOT_SEGMENT, (_match, dots: string) => `/${dots.replaceAll('.', '%2e')}`);
  if (withEscapedDots === pathname) return url;
  const resolved = new URL(url);
  resolved.pathname = withEscapedDots;
  return resolved;
}

/** The port of an http or https URL, also if it is the default one, which `URL.port` leaves out. */
export function portOf({ protocol, port }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
