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
export function upperEscapes(text: string): string {
  return text.replace(/%[0-9a-f]{2}/gi, (escaped) => escaped.toUpperCase());
}

/**
 * The text without the escapes that change nothing. Of the digits of escapes it takes only upper case ones.
 *
 * @param inQuery the text begins behind a question mark
 * @param keepUnreserved leaves the escapes of letters, digits and `-._~` as they are
 */
export function withoutNeedlessEscapes(text: string, inQuery = false, keepUnreserved = false): string {
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
