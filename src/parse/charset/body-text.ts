import { constants, isAscii } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { htmlEncoding, xmlEncoding } from './declared-encoding.ts';

/**
 * The characters of bytes 0x80 to 0x9f in windows-1252 (WHATWG Encoding Standard, index-windows-1252). Every other byte
 * is the code point of its number.
 */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';
/**
 * How many bytes are searched for a declaration of the encoding (HTML Standard, "prescan a byte stream to determine its
 * encoding").
 */
const PRESCAN_BYTES = 1_024;
/** Decoding never yields more UTF-16 code units than there were bytes, so this many bytes always fit into a string. */
const MAX_BYTES = constants.MAX_STRING_LENGTH;

/** Labels of encodings in which bytes below 0x80 are ASCII. */
const ASCII_LABEL = /^(?:utf-?8|us-ascii|iso-8859-1|windows-1252)$/i;
const XML_TYPE = /^\s*[^;,]*[/+]xml\s*(?:[;,]|$)/i;
const ESCAPE = 0x1b;
/** A multiple of the four bytes of a UTF-32 character. */
const SLICE_BYTES = 65_536;

/**
 * Decodes a body. The encoding is the first of these that is known to this runtime: the byte order mark, the `charset`
 * of `contentType`, and a `<meta>` or XML declaration in the first 1,024 bytes. Without any, it is UTF-8 if the body is
 * valid UTF-8, and otherwise windows-1252. Invalid bytes become U+FFFD. Never throws.
 *
 * @param contentType the value of the Content-Type header
 */
export function bodyText(body: Uint8Array, contentType = ''): string {
  const bytes = body.subarray(0, MAX_BYTES);
  if (isPlainAscii(bytes, contentType)) return latin1(bytes);
  const encoding = bodyEncoding(bytes, contentType);
  return encoding === undefined ? guessed(bytes) : decodeBytes(bytes, encoding);
}

/**
 * The encoding with which `bodyText` decodes a body, as a lower-case WHATWG name (or UTF-32, which WHATWG does not
 * define). Undefined if no known encoding is declared: then it is UTF-8 or windows-1252.
 */
export function bodyEncoding(bytes: Uint8Array, contentType = ''): string | undefined {
  return markedUtf32(bytes) ?? markedEncoding(bytes) ?? knownEncoding(charsetOf(contentType)) ?? declaredEncoding(bytes, contentType);
}

/**
 * Decodes bytes.
 *
 * @param encoding as returned by `bodyEncoding`
 */
export function decodeBytes(bytes: Uint8Array, encoding: string): string {
  return [...decodedSlices(bytes, encoding)].join('');
}

/**
 * Like `decodeBytes`, but in pieces that take a few milliseconds each. Decoding ten megabytes at once can take more
 * than a second.
 */
export function* decodedSlices(bytes: Uint8Array, encoding: string): Generator<string> {
  const decode = sliceDecoder(encoding);
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    yield decode(bytes.subarray(at, at + SLICE_BYTES), at + SLICE_BYTES >= bytes.length);
  }
}

/** A function that decodes a body slice by slice. Each slice but the last must have `SLICE_BYTES`. */
function sliceDecoder(encoding: string): (slice: Uint8Array, isLast: boolean) => string {
  if (encoding === 'windows-1252') return windows1252;
  if (encoding === 'utf-32be' || encoding === 'utf-32le') {
    let isFirst = true;
    return (slice) => {
      const text = decodeUtf32(slice, encoding, isFirst);
      isFirst = false;
      return text;
    };
  }
  const decoder = new TextDecoder(encoding);
  return (slice, isLast) => decoder.decode(slice, { stream: !isLast });
}

/**
 * True if the body is plain ASCII, as most pages are: its text is then a copy of the bytes, which is ten times faster
 * than decoding. An escape byte can begin another character set (ISO-2022-JP), so it does not count as plain.
 */
export function isPlainAscii(bytes: Uint8Array, contentType: string): boolean {
  const label = charsetOf(contentType);
  return (label === undefined || ASCII_LABEL.test(label)) && isAscii(bytes) && !bytes.includes(ESCAPE) && markedUtf32(bytes) === undefined;
}

function charsetOf(contentType: string): string | undefined {
  return /charset\s*=\s*["']?([^\s;"']+)/i.exec(contentType)?.[1];
}

/** The encoding of a byte order mark, which overrides every label. */
export function markedEncoding([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return first === 0xff && second === 0xfe ? 'utf-16le' : undefined;
}

/** The encoding that a label names, or undefined if this runtime does not know it. */
function knownEncoding(label: string | undefined): string | undefined {
  if (label === undefined) return undefined;
  const utf32 = labelledUtf32(label);
  if (utf32 !== undefined) return utf32;
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return undefined;
  }
}

/** The encoding that the document declares in its first bytes. */
function declaredEncoding(bytes: Uint8Array, contentType: string): string | undefined {
  const head = latin1(bytes.subarray(0, PRESCAN_BYTES));
  return XML_TYPE.test(contentType) ? xmlEncoding(head, knownEncoding) : htmlEncoding(head, knownEncoding);
}

function guessed(bytes: Uint8Array): string {
  try {
    // `stream: true`, because a body that was cut may end within a character.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return windows1252(bytes);
  }
}

/**
 * Not done by TextDecoder: several releases of Node 20, 22 and 23 decode windows-1252 as ISO-8859-1, in which “ ” ’ – €
 * are control characters.
 */
function windows1252(bytes: Uint8Array): string {
  return latin1(bytes).replace(/[\x80-\x9f]/g, (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80] ?? character);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

const REPLACEMENT = 0xfffd;

/** UTF-32 with its byte order. */
type Utf32 = 'utf-32be' | 'utf-32le';

/** UTF-32 as indicated by a byte order mark (Unicode Standard, section 23.8). Undefined for other bytes. */
function markedUtf32(bytes: Uint8Array): Utf32 | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'utf-32be';
  return a === 0xff && b === 0xfe && c === 0 && d === 0 ? 'utf-32le' : undefined;
}

/**
 * UTF-32 as indicated by a label. Without a byte order it is big-endian (Unicode Standard, definition D101). Undefined
 * for other labels.
 */
function labelledUtf32(label: string): Utf32 | undefined {
  const match = /^utf[-_]?32[-_]?(be|le)?$/i.exec(label);
  if (match === null) return undefined;
  return match[1]?.toLowerCase() === 'le' ? 'utf-32le' : 'utf-32be';
}

/**
 * Decodes UTF-32, which the Encoding Standard does not include but some servers send. Invalid code points become
 * U+FFFD. A byte order mark at the start of the text is dropped.
 */
function decodeUtf32(bytes: Uint8Array, encoding: Utf32, isStart = true): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: string[] = [];
  for (let at = isStart && markedUtf32(bytes) === encoding ? 4 : 0; at + 4 <= bytes.length; at += 4) {
    const point = view.getUint32(at, encoding === 'utf-32le');
    const isScalar = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    parts.push(String.fromCodePoint(isScalar ? point : REPLACEMENT));
  }
  return parts.join('');
}
