import { decodeBytes } from './body-text.ts';
import { encoderTable } from './encoder-table.ts';

/** The only code point that GB 18030 cannot encode. */
const NOT_IN_GB18030 = 0xe5e5;

/**
 * A link with its query encoded as the document's encoding requires: the query of a link is percent-encoded in the
 * document's encoding, and everything else in UTF-8 (URL Standard, "query state" and "percent-encode after encoding").
 * A character that the encoding lacks becomes `&#NUMBER;`, percent-encoded.
 *
 * @param reference an http or https URL, or a relative one
 * @param encoding of the document, as returned by `bodyEncoding`
 */
export function withEncodedQuery(reference: string, encoding: string): string {
  const questionAt = reference.indexOf('?');
  const hashAt = reference.indexOf('#');
  // The queries of UTF-16 and UTF-32 documents are encoded in UTF-8.
  if (questionAt === -1 || (hashAt !== -1 && hashAt < questionAt) || encoding.startsWith('utf-')) return reference;
  const end = hashAt === -1 ? reference.length : hashAt;
  const query = reference.slice(questionAt + 1, end);
  const encoded = encoding === 'iso-2022-jp' ? iso2022JpQuery(query) : otherQuery(query, encoding);
  return reference.slice(0, questionAt + 1) + encoded + reference.slice(end);
}

function otherQuery(query: string, encoding: string): string {
  // `new URL` escapes ASCII characters.
  const table = encoderTable(encoding);
  return query.replace(/[^\0-\x7f]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const bytes = table[code] ?? 0;
    if (bytes > 0xff) return octet(bytes >> 8) + octet(bytes & 0xff);
    if (bytes > 0) return octet(bytes);
    const four = encoding === 'gb18030' && code !== NOT_IN_GB18030 ? fourByteGb18030(code) : undefined;
    return four?.map(octet).join('') ?? characterReference(code);
  });
}

/**
 * In ISO-2022-JP, the meaning of a byte depends on earlier escapes, so the query is encoded as a whole. The white space
 * that `new URL` would drop is removed first.
 */
function iso2022JpQuery(query: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters switch the character set
  if (!/[^\0-\x7f]|[\x0e\x0f\x1b]/.test(query)) return query;
  return iso2022JpBytes(query.replace(/[\t\n\r]/g, ''))
    .map((part) => (part < 0 ? characterReference(-part) : octet(part)))
    .join('');
}

function characterReference(code: number): string {
  return `%26%23${code}%3B`;
}

/** A byte as it is written in a query (URL Standard, special-query percent-encode set). */
function octet(byte: number): string {
  const isPlain = byte > 0x20 && byte < 0x7f && !(byte === 0x22 || byte === 0x23 || byte === 0x27 || byte === 0x3c || byte === 0x3e);
  return isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/**
 * The last pointer of a character up to U+FFFF, and the first pointer of the characters beyond (Encoding Standard,
 * section 10.2).
 */
const LAST_LOW_POINTER = 39_419;
const FIRST_HIGH_POINTER = 189_000;

/**
 * The four-byte sequence of a code point in GB 18030, for code points without a two-byte sequence. Undefined if there
 * is none.
 */
function fourByteGb18030(point: number): readonly number[] | undefined {
  if (point > 0xffff) return bytesOf(FIRST_HIGH_POINTER + point - 0x1_0000);
  // Pointers are in the order of their code points, so a binary search finds the code point.
  let [low, high] = [0, LAST_LOW_POINTER];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = decodeBytes(Uint8Array.from(bytesOf(middle)), 'gb18030').codePointAt(0) ?? 0;
    if (found === point) return bytesOf(middle);
    if (found < point) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

function bytesOf(pointer: number): readonly number[] {
  return [
    0x81 + Math.floor(pointer / 12_600),
    0x30 + (Math.floor(pointer / 1_260) % 10),
    0x81 + (Math.floor(pointer / 10) % 126),
    0x30 + (pointer % 10),
  ];
}

const ESCAPES = { ascii: [0x1b, 0x28, 0x42], roman: [0x1b, 0x28, 0x4a], jis0208: [0x1b, 0x24, 0x42] } as const;
type CharacterSet = keyof typeof ESCAPES;

/**
 * The bytes of a text in ISO-2022-JP (Encoding Standard, section 12.2.2). A code point that the encoding lacks is
 * returned in its place as a negative number.
 */
function iso2022JpBytes(text: string): number[] {
  const parts: number[] = [];
  let current = 'ascii' as CharacterSet;
  const change = (set: CharacterSet) => {
    if (set !== current) parts.push(...ESCAPES[set]);
    current = set;
  };
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const bytes = code < 0x80 ? code : (encoderTable('euc-jp')[fullWidth(code)] ?? 0);
    // In the Roman set, the bytes of \ and ~ are other characters.
    if (code >= 0x80 && bytes > 0 && bytes < 0x80) change('roman');
    else if (bytes > 0xff) change('jis0208');
    else if (current === 'jis0208' || code === 0x5c || code === 0x7e) change('ascii');
    if (code === 0x0e || code === 0x0f || code === 0x1b) parts.push(-0xfffd);
    else if (bytes > 0xff) parts.push((bytes >> 8) - 0x80, (bytes & 0xff) - 0x80);
    else parts.push(code === 0 || bytes > 0 ? bytes : -code);
  }
  change('ascii');
  return parts;
}

/** Half-width katakana are encoded as the full-width ones. */
function fullWidth(code: number): number {
  if (code < 0xff61 || code > 0xff9f) return code;
  if (code >= 0xff9e) return code === 0xff9e ? 0x309b : 0x309c;
  return String.fromCharCode(code).normalize('NFKC').charCodeAt(0);
}
