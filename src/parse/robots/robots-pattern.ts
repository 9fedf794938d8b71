/** The path of a rule, prepared for matching. */
export interface RobotsPattern {
  /** The rule ends with `$`: it must match to the end of the path. */
  anchored: boolean;
  /** The parts between the asterisks, as written. */
  written: readonly string[];
  /** The same parts without redundant escapes. Absent if there are none. */
  plain?: readonly string[];
}

/** A path with its query, in the two forms that rules are compared with. */
interface RobotsPath {
  /** The path as written, with the digits of its escapes in upper case. */
  written: string;
  /** The same path without redundant escapes. */
  plain: string;
}

/**
 * Parses the path of a rule, which `escapeOctets` has already escaped. `*` matches anything, and `$` at the end matches
 * the end (RFC 9309 section 2.2.3).
 *
 * RFC 9309 compares unescaped URLs where unescaping changes nothing, while Google compares rules as written. So a rule
 * matches if it matches either form of the URL. The rule's own redundant escapes are decoded too, except those of
 * letters, digits and `-._~` in an Allow. Thus an Allow with such escapes allows no more than it does for Google, and a
 * Disallow blocks every spelling of the path.
 */
export function readPattern(path: string, allows: boolean): RobotsPattern {
  const anchored = path.endsWith('$');
  const written = (anchored ? path.slice(0, -1) : path).split('*');
  if (!path.includes('%')) return { anchored, written };
  let inQuery = false;
  const plain = written.map((part) => {
    const without = withoutRedundantEscapes(part, inQuery, allows);
    inQuery ||= part.includes('?');
    return without;
  });
  const differs = plain.some((part, index) => part !== written[index]);
  return { anchored, written, ...(differs && { plain }) };
}

/** Parses a result of `requestTarget`. */
export function readPath(pathAndQuery: string): RobotsPath {
  const written = upperEscapes(pathAndQuery.startsWith('/') ? pathAndQuery : `/${pathAndQuery}`);
  return { written, plain: withoutRedundantEscapes(written) };
}

/** True if the pattern matches a prefix of the path, or all of it if anchored. */
export function matches({ anchored, written, plain }: RobotsPattern, path: RobotsPath): boolean {
  if (fits(written, anchored, path.written)) return true;
  if (path.plain !== path.written && fits(written, anchored, path.plain)) return true;
  return plain !== undefined && fits(plain, anchored, path.plain);
}

/**
 * Each part is searched after the end of the previous one. The first occurrence is always the best, because it leaves
 * the most text for the remaining parts. There is no backtracking, so each rule takes time linear in the length of the
 * path, however many asterisks it has.
 */
function fits(parts: readonly string[], anchored: boolean, path: string): boolean {
  const first = parts[0] ?? '';
  if (!path.startsWith(first)) return false;
  let from = first.length;
  const last = parts.length - 1;
  if (last === 0) return !anchored || from === path.length;
  for (let index = 1; index <= last; index++) {
    const part = parts[index] as string;
    if (anchored && index === last) return path.length - part.length >= from && path.endsWith(part);
    const found = path.indexOf(part, from);
    if (found === -1) return false;
    from = found + part.length;
  }
  return true;
}

/** Unreserved characters (RFC 3986 section 2.3): escaping them does not change the meaning. */
const UNRESERVED = /[A-Za-z0-9\-._~]/;
/**
 * Characters that are special in rules, where only their escapes stand for themselves (RFC 9309 section 2.2.3), and
 * characters that are not allowed in URIs, which URL parsers escape.
 */
const SPECIAL_OR_DISALLOWED = /[*$ "<>\\^`{|}[\]]/;
/** Characters that are no longer separators inside a query. */
const PLAIN_IN_QUERY = /[:/?@]/;

/**
 * Escapes all non-ASCII bytes, and writes the digits of all escapes in upper case.
 *
 * @param octets one character per byte
 */
export function escapeOctets(octets: string): string {
  return upperEscapes(octets.replace(/[\x80-\xff]/g, (octet) => `%${octet.charCodeAt(0).toString(16)}`));
}

/** Writes the digits of escapes in upper case (RFC 3986 section 6.2.2.1). */
function upperEscapes(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (escaped) => escaped.toUpperCase());
}

/**
 * Removes redundant escapes. The digits of the escapes must be in upper case.
 *
 * @param inQuery the text begins after the question mark
 * @param keepUnreserved keeps the escapes of letters, digits and `-._~`
 */
function withoutRedundantEscapes(text: string, inQuery = false, keepUnreserved = false): string {
  if (!text.includes('%')) return text;
  const question = inQuery ? -1 : text.indexOf('?');
  const queryFrom = !inQuery && question === -1 ? text.length : question + 1;
  return text.replace(/%[0-7][0-9A-F]/g, (escaped, offset: number) => {
    const char = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    if (UNRESERVED.test(char)) return keepUnreserved ? escaped : char;
    if (SPECIAL_OR_DISALLOWED.test(char)) return char;
    return offset >= queryFrom && PLAIN_IN_QUERY.test(char) ? char : escaped;
  });
}
