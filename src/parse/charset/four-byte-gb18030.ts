import { decodeBytes } from './body-text.ts';

/** Pointers of the characters up to U+FFFF, and the one from which those beyond follow (Encoding Standard, 10.2). */
const LAST_LOW_POINTER = 39_419;
const FIRST_HIGH_POINTER = 189_000;

/** The four bytes that GB 18030 has for a code point that is not among its double-byte ones; undefined if it has none. */
export function fourByteGb18030(point: number): readonly number[] | undefined {
  if (point > 0xffff) return bytesOf(FIRST_HIGH_POINTER + point - 0x1_0000);
  // They are in the order of their code points.
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
