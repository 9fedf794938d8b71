import { constants, isAscii } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { htmlEncoding, xmlEncoding } from './declared-encoding.ts';

/** What 0x80 to 0x9f are in windows-1252 (WHATWG Encoding, index-windows-1252); all other bytes are the code points of their numbers. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';
/** Where a page may say in which encoding it is (HTML Standard, "prescan a byte stream to determine its encoding"). */
const PRESCAN_BYTES = 1_024;
/** No encoding makes more code units than bytes, so that this much always fits a string. */
const MOST_BYTES = constants.MAX_STRING_LENGTH;

/** In these, whichever of them it is, bytes below 0x80 are ASCII. */
const ASCII_LABEL = /^(?:utf-?8|us-ascii|iso-8859-1|windows-1252)$/i;
const XML_TYPE = /^\s*[^;,]*[/+]xml\s*(?:[;,]|$)/i;
const ESCAPE = 0x1b;
/** A multiple of the bytes of a character of UTF-32. */
const SLICE_BYTES = 65_536;

/**
 * The text of a body, in the encoding that its byte order mark, else the `charset` of `contentType`, else a `<meta>` or XML declaration in its first 1,024 bytes
 * names; without any, or where that is unknown to this runtime, UTF-8 if it is that, else windows-1252. Bytes that do not fit become U+FFFD. Never throws.
 *
 * @param contentType the value of the Content-Type header
 */
export function bodyText(body: Uint8Array, contentType = ''): string {
  const bytes = body.subarray(0, MOST_BYTES);
  if (isPlainAscii(bytes, contentType)) return latin1(bytes);
  const encoding = bodyEncoding(bytes, contentType);
  return encoding === undefined ? guessed(bytes) : decodeBytes(bytes, encoding);
}

/**
 * The encoding that `bodyText` decodes a body from, as WHATWG names it, in lower case (or UTF-32, which it does not name); undefined if nothing known is named:
 * UTF-8, or else windows-1252.
 */
export function bodyEncoding(bytes: Uint8Array, contentType = ''): string | undefined {
  return markedUtf32(bytes) ?? markedEncoding(bytes) ?? knownEncoding(charsetOf(contentType)) ?? declaredEncoding(bytes, contentType);
}

/** The text of bytes in an encoding that `bodyEncoding` named. */
export function decodeBytes(bytes: Uint8Array, encoding: string): string {
  return [...decodedSlices(bytes, encoding)].join('');
}

/** As `decodeBytes`, in pieces that take a few milliseconds each: ten megabytes at once can take more than a second. */
export function* decodedSlices(bytes: Uint8Array, encoding: string): Generator<string> {
  const decode = sliceDecoder(encoding);
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    yield decode(bytes.subarray(at, at + SLICE_BYTES), at + SLICE_BYTES >= bytes.length);
  }
}

/** Decodes a text slice by slice: each but the last has `SLICE_BYTES`. */
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

/** Most pages are ASCII, and then the text is a copy of the bytes, ten times faster. An escape can begin another character set (ISO-2022-JP). */
export function isPlainAscii(bytes: Uint8Array, contentType: string): boolean {
  const label = charsetOf(contentType);
  return (label === undefined || ASCII_LABEL.test(label)) && isAscii(bytes) && !bytes.includes(ESCAPE) && markedUtf32(bytes) === undefined;
}

function charsetOf(contentType: string): string | undefined {
  return /charset\s*=\s*["']?([^\s;"']+)/i.exec(contentType)?.[1];
}

/** That of a byte order mark. It wins over every label. */
export function markedEncoding([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return first === 0xff && second === 0xfe ? 'utf-16le' : undefined;
}

/** What a label names, or undefined if this runtime knows no such encoding. */
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

/** What the document says of itself in its first bytes. */
function declaredEncoding(bytes: Uint8Array, contentType: string): string | undefined {
  const head = latin1(bytes.subarray(0, PRESCAN_BYTES));
  return XML_TYPE.test(contentType) ? xmlEncoding(head, knownEncoding) : htmlEncoding(head, knownEncoding);
}

function guessed(bytes: Uint8Array): string {
  try {
    // As part of a stream: a body that was cut may end within a character.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return windows1252(bytes);
  }
}

/** Several releases of Node 20, 22 and 23 decode windows-1252 as if it were ISO-8859-1, where “ ” ’ – € are control characters. */
function windows1252(bytes: Uint8Array): string {
  return latin1(bytes).replace(/[\x80-\x9f]/g, (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80] ?? character);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

const REPLACEMENT = 0xfffd;

/** Which order a label or a byte order mark says that UTF-32 is in, or undefined if it says something else. */
type Utf32 = 'utf-32be' | 'utf-32le';

/** That of a byte order mark (Unicode, section 23.8). */
function markedUtf32(bytes: Uint8Array): Utf32 | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'utf-32be';
  return a === 0xff && b === 0xfe && c === 0 && d === 0 ? 'utf-32le' : undefined;
}

/** That of a label; without an order it is big endian (Unicode, definition D101). */
function labelledUtf32(label: string): Utf32 | undefined {
  const match = /^utf[-_]?32[-_]?(be|le)?$/i.exec(label);
  if (match === null) return undefined;
  return match[1]?.toLowerCase() === 'le' ? 'utf-32le' : 'utf-32be';
}

/** The text of UTF-32, which the Encoding Standard leaves out and some servers send all the same. What is no code point becomes U+FFFD; a byte order mark at the start of the text is dropped. */
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
