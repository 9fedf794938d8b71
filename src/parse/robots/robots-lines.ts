/** How much of a robots.txt counts, in bytes (RFC 9309 section 2.5 and Google: 500 KiB); a line cut there counts as far as it goes. */
export const MAX_ROBOTS_BYTES = 500 * 1_024;
/** Google's limit on a line, in bytes: eight times the longest URL of old browsers, less one for the end of the string in C. */
const MAX_LINE_BYTES = 2_083 * 8 - 1;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
/** What some editors save text as. It may be bridged (RFC 9309 section 2.2.2); read as bytes, such a file would allow everything, which its owner did not mean. */
const UTF_16_MARKS = new Map([
  [0xfffe, 'utf-16le'],
  [0xfeff, 'utf-16be'],
]);

type RobotsField = 'user-agent' | 'allow' | 'disallow' | 'sitemap' | 'crawl-delay';

/** A line that says something. Its strings have one character for each octet. */
export interface RobotsLine {
  /** From 1, as an editor counts. */
  number: number;
  field: RobotsField;
  value: string;
  /** Without its comment. */
  text: string;
}

/** Beginnings of keys, in lower case, the misspellings that Google takes among them. A key counts if it begins like one: `Disallowed:` is `Disallow:`. */
const KEYS: ReadonlyArray<readonly [RobotsField, readonly string[]]> = [
  ['user-agent', ['user-agent', 'useragent', 'user agent']],
  ['allow', ['allow']],
  ['disallow', ['disallow', 'dissallow', 'dissalow', 'disalow', 'diasllow', 'disallaw']],
  ['sitemap', ['sitemap', 'site-map']],
  ['crawl-delay', ['crawl-delay', 'crawldelay', 'crawl delay']],
];

/** The lines of a robots.txt that say something, split and read as Google's parser does. Linear in the length, whatever the lines hold. */
export function robotsLines(body: Uint8Array): RobotsLine[] {
  const octets = octetsOf(body.subarray(0, MAX_ROBOTS_BYTES));
  const lines: RobotsLine[] = [];
  for (const [index, whole] of octets.split(/\r\n|[\r\n]/).entries()) {
    const line = whole === '' ? undefined : readLine(whole, index + 1);
    if (line !== undefined) lines.push(line);
  }
  return lines;
}

function octetsOf(body: Uint8Array): string {
  const utf16 = UTF_16_MARKS.get(((body[0] ?? 0) << 8) | (body[1] ?? 0));
  if (utf16 !== undefined) return Buffer.from(new TextDecoder(utf16).decode(body)).toString('latin1');
  let start = 0;
  // A part of the mark is passed over as well.
  while (start < BYTE_ORDER_MARK.length && body[start] === BYTE_ORDER_MARK[start]) start++;
  return Buffer.from(body.subarray(start)).toString('latin1');
}

function readLine(whole: string, number: number): RobotsLine | undefined {
  const text = trimmed(upTo(upTo(whole.slice(0, MAX_LINE_BYTES), '\0'), '#'));
  const separator = findSeparator(text);
  if (separator === undefined) return undefined;
  const field = fieldOf(trimmed(text.slice(0, separator)));
  return field === undefined ? undefined : { number, field, value: trimmed(text.slice(separator + 1)), text };
}

/** The first colon, or, where it was forgotten, the space between exactly two words. */
function findSeparator(text: string): number | undefined {
  const colon = text.indexOf(':');
  if (colon !== -1) return colon;
  const space = text.search(/[ \t]/);
  if (space === -1) return undefined;
  return /[ \t]/.test(trimmed(text.slice(space))) ? undefined : space;
}

function fieldOf(key: string): RobotsField | undefined {
  const lower = key.toLowerCase();
  for (const [field, beginnings] of KEYS) if (beginnings.some((beginning) => lower.startsWith(beginning))) return field;
  return undefined;
}

function upTo(text: string, char: string): string {
  const index = text.indexOf(char);
  return index === -1 ? text : text.slice(0, index);
}

/** Without ASCII white space at its ends; `trim` would take a no-break space too, which is an octet of other characters here. */
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
