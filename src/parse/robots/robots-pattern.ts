/** A rule's path, ready to be matched. */
export interface RobotsPattern {
  /** Ends in `$`: the path must end where it does. */
  anchored: boolean;
  /** What stands between its asterisks, as it is written. */
  written: readonly string[];
  /** The same without needless escapes; absent where there are none. */
  plain?: readonly string[];
}

/** A path with its query, in the two forms that rules are compared with. */
interface RobotsPath {
  /** With the digits of its escapes in upper case. */
  written: string;
  plain: string;
}

/**
 * Reads the path of a rule, which is escaped already (`escapeOctets`). `*` stands for anything, `$` for the end if it is last; RFC 9309 section 2.2.3.
 *
 * How much escapes count: RFC 9309 has the URL unescaped where that changes nothing, and Google compares rules as they are written. So a rule matches if it does in either form of the URL. Its own
 * escapes are undone too, but those of letters, digits and `-._~` only to disallow: an Allow that is written so allows no more than it does with Google, and a Disallow bars each way to write the path.
 */
export function readPattern(path: string, allows: boolean): RobotsPattern {
  const anchored = path.endsWith('$');
  const written = (anchored ? path.slice(0, -1) : path).split('*');
  if (!path.includes('%')) return { anchored, written };
  let inQuery = false;
  const plain = written.map((part) => {
    const without = withoutNeedlessEscapes(part, inQuery, allows);
    inQuery ||= part.includes('?');
    return without;
  });
  const differs = plain.some((part, index) => part !== written[index]);
  return { anchored, written, ...(differs && { plain }) };
}

/** Reads what `requestTarget` gives. */
export function readPath(pathAndQuery: string): RobotsPath {
  const written = upperEscapes(pathAndQuery.startsWith('/') ? pathAndQuery : `/${pathAndQuery}`);
  return { written, plain: withoutNeedlessEscapes(written) };
}

/** True if the pattern matches the path from its beginning. */
export function matches({ anchored, written, plain }: RobotsPattern, path: RobotsPath): boolean {
  if (fits(written, anchored, path.written)) return true;
  if (path.plain !== path.written && fits(written, anchored, path.plain)) return true;
  return plain !== undefined && fits(plain, anchored, path.plain);
}

/**
 * Each part is looked for where the one before it ended, and the first place is the right one: a later one leaves less for the parts that follow. So nothing is tried twice, and the time is linear in
 * the length of the path for each rule, however many asterisks it has.
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

/** Every crawler's way to write them is as good as another's (RFC 3986 section 2.3). */
const UNRESERVED = /[A-Za-z0-9\-._~]/;
/** Special in rules, where only their escapes mean themselves (RFC 9309 section 2.2.3), and characters that no URI has, which URL parsers escape. */
const SPECIAL_OR_FOREIGN = /[*$ "<>\\^`{|}[\]]/;
/** What separates nothing any more once the query has begun. */
const PLAIN_IN_QUERY = /[:/?@]/;

/** The text of octets with the foreign ones escaped, and the digits of all escapes in upper case. */
export function escapeOctets(octets: string): string {
  return upperEscapes(octets.replace(/[\x80-\xff]/g, (octet) => `%${octet.charCodeAt(0).toString(16)}`));
}

/** The digits of its escapes in upper case (RFC 3986 section 6.2.2.1). */
function upperEscapes(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (escaped) => escaped.toUpperCase());
}

/**
 * The text without the escapes that change nothing. Of the digits of escapes it takes only upper case ones.
 *
 * @param inQuery the text begins behind a question mark
 * @param keepUnreserved leaves the escapes of letters, digits and `-._~` as they are
 */
function withoutNeedlessEscapes(text: string, inQuery = false, keepUnreserved = false): string {
  if (!text.includes('%')) return text;
  const question = inQuery ? -1 : text.indexOf('?');
  const queryFrom = !inQuery && question === -1 ? text.length : question + 1;
  return text.replace(/%[0-7][0-9A-F]/g, (escaped, offset: number) => {
    const char = String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    if (UNRESERVED.test(char)) return keepUnreserved ? escaped : char;
    if (SPECIAL_OR_FOREIGN.test(char)) return char;
    return offset >= queryFrom && PLAIN_IN_QUERY.test(char) ? char : escaped;
  });
}
