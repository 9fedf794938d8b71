const REPLACEMENT = 0xfffd;

/** Which order a label or a byte order mark says that UTF-32 is in, or undefined if it says something else. */
export type Utf32 = 'utf-32be' | 'utf-32le';

/** That of a byte order mark (Unicode, section 23.8). */
export function markedUtf32(bytes: Uint8Array): Utf32 | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'utf-32be';
  return a === 0xff && b === 0xfe && c === 0 && d === 0 ? 'utf-32le' : undefined;
}

/** That of a label; without an order it is big endian (Unicode, definition D101). */
export function labelledUtf32(label: string): Utf32 | undefined {
  const match = /^utf[-_]?32[-_]?(be|le)?$/i.exec(label);
  if (match === null) return undefined;
  return match[1]?.toLowerCase() === 'le' ? 'utf-32le' : 'utf-32be';
}

/** The text of UTF-32, which the Encoding Standard leaves out and some servers send all the same. What is no code point becomes U+FFFD; a byte order mark at the start of the text is dropped. */
export function decodeUtf32(bytes: Uint8Array, encoding: Utf32, isStart = true): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: string[] = [];
  for (let at = isStart && markedUtf32(bytes) === encoding ? 4 : 0; at + 4 <= bytes.length; at += 4) {
    const point = view.getUint32(at, encoding === 'utf-32le');
    const isScalar = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    parts.push(String.fromCodePoint(isScalar ? point : REPLACEMENT));
  }
  return parts.join('');
}
