/**
 * How many bytes of a robots.txt are read (RFC 9309 section 2.5 and Google: 500 KiB). A line that is cut there counts
 * up to the cut.
 */
export const MAX_ROBOTS_BYTES = 500 * 1_024;
/**
 * Google's limit for the length of a line, in bytes: eight times the longest URL of old browsers, minus one for the
 * terminating NUL in C.
 */
const MAX_LINE_BYTES = 2_083 * 8 - 1;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
/**
 * Byte order marks of UTF-16, in which some editors save text. RFC 9309 section 2.2.2 requires UTF-8. Read as such, the
 * file would contain no rules and allow everything, which its owner did not intend.
 */
const UTF_16_MARKS = new Map([
  [0xfffe, 'utf-16le'],
  [0xfeff, 'utf-16be'],
]);

type RobotsField = 'user-agent' | 'allow' | 'disallow' | 'sitemap' | 'crawl-delay';

/** A line with a known field. Its strings have one character per byte. */
export interface RobotsLine {
  /** Counted from 1. */
  number: number;
  field: RobotsField;
  value: string;
  /** The line without its comment. */
  text: string;
}

/**
 * Prefixes of keys in lower case, including the misspellings that Google accepts. A key counts if it begins with one:
 * `Disallowed:` is `Disallow:`.
 */
const KEYS: ReadonlyArray<readonly [RobotsField, readonly string[]]> = [
  ['user-agent', ['user-agent', 'useragent', 'user agent']],
  ['allow', ['allow']],
  ['disallow', ['disallow', 'dissallow', 'dissalow', 'disalow', 'diasllow', 'disallaw']],
  ['sitemap', ['sitemap', 'site-map']],
  ['crawl-delay', ['crawl-delay', 'crawldelay', 'crawl delay']],
];

/**
 * The lines of a robots.txt with a known field, split and read like Google's parser. Linear in the length of the
 * body.
 */
export function robotsLines(body: Uint8Array): RobotsLine[] {
  const octets = octetsOf(body.subarray(0, MAX_ROBOTS_BYTES));
  const lines: RobotsLine[] = [];
  for (const [index, rawLine] of octets.split(/\r\n|[\r\n]/).entries()) {
    const line = rawLine === '' ? undefined : readLine(rawLine, index + 1);
    if (line !== undefined) lines.push(line);
  }
  return lines;
}

function octetsOf(body: Uint8Array): string {
  const utf16 = UTF_16_MARKS.get(((body[0] ?? 0) << 8) | (body[1] ?? 0));
  if (utf16 !== undefined) return Buffer.from(new TextDecoder(utf16).decode(body)).toString('latin1');
  let start = 0;
  // An incomplete mark is skipped as well.
  while (start < BYTE_ORDER_MARK.length && body[start] === BYTE_ORDER_MARK[start]) start++;
  return Buffer.from(body.subarray(start)).toString('latin1');
}

function readLine(rawLine: string, number: number): RobotsLine | undefined {
  const text = trimmed(upTo(upTo(rawLine.slice(0, MAX_LINE_BYTES), '\0'), '#'));
  const separator = findSeparator(text);
  if (separator === undefined) return undefined;
  const field = fieldOf(trimmed(text.slice(0, separator)));
  return field === undefined ? undefined : { number, field, value: trimmed(text.slice(separator + 1)), text };
}

/** The first colon, or if there is none, the space between exactly two words. */
function findSeparator(text: string): number | undefined {
  const colon = text.indexOf(':');
  if (colon !== -1) return colon;
  const space = text.search(/[ \t]/);
  if (space === -1) return undefined;
  return /[ \t]/.test(trimmed(text.slice(space))) ? undefined : space;
}

function fieldOf(key: string): RobotsField | undefined {
  const lower = key.toLowerCase();
  for (const [field, prefixes] of KEYS) if (prefixes.some((prefix) => lower.startsWith(prefix))) return field;
  return undefined;
}

function upTo(text: string, char: string): string {
  const index = text.indexOf(char);
  return index === -1 ? text : text.slice(0, index);
}

/**
 * Removes ASCII white space at both ends. `String.trim` would also remove 0xa0, which here can be part of a multi-byte
 * character.
 */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
