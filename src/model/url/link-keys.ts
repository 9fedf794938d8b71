/** Hexadecimal digits of a key that are kept: 48 bits. */
const DIGITS = 12;
/** Characters of one packed key in base64. */
const CHARS = 8;

/**
 * Packs keys of URLs or anchors: the first 48 bits of each, in base64url without separators. Among a million keys, a
 * given other key matches one by accident with probability 4e-9.
 */
export function packKeys(keys: readonly string[]): string {
  return Buffer.from(keys.map((key) => key.slice(0, DIGITS)).join(''), 'hex').toString('base64url');
}

/** The keys in a text of `packKeys`, each in its packed form. */
export function* unpackKeys(packed: string): Generator<string> {
  for (let at = 0; at + CHARS <= packed.length; at += CHARS) yield packed.slice(at, at + CHARS);
}

/** A key in its packed form, to look up in a text of `packKeys`. */
export function packedKey(key: string): string {
  return packKeys([key]);
}
