/** Hexadecimal digits of a key that are kept: 48 bits. */
const DIGITS = 12;
/** Characters that they take in base64. */
const CHARS = 8;

/** Keys of URLs or anchors, packed: the first 48 bits of each, in base64url without anything between. Among a million, one is taken for another with probability 4e-9. */
export function packKeys(keys: readonly string[]): string {
  return Buffer.from(keys.map((key) => key.slice(0, DIGITS)).join(''), 'hex').toString('base64url');
}

/** The keys that `packKeys` packed, each as it stands in the text. */
export function* unpackKeys(packed: string): Generator<string> {
  for (let at = 0; at + CHARS <= packed.length; at += CHARS) yield packed.slice(at, at + CHARS);
}

/** How a key stands in what `packKeys` made. */
export function packedKey(key: string): string {
  return packKeys([key]);
}
