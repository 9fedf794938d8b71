/** Names that a scanner tells apart without making strings of them: each has a number from 1; 0 is every other name. */
export interface KnownNames {
  /** By slot of the hash: the name in lower case, and its number. */
  readonly names: readonly string[];
  readonly numbers: Uint8Array;
}

const SLOTS = 2_048;
const MULTIPLIER = 51;

/**
 * The next value of a name's hash. It is computed while the name's end is looked for, so that it costs next to nothing.
 *
 * @param lowerCode code of the character, with the bit set that makes letters small
 */
export function nextHash(hash: number, lowerCode: number): number {
  return (Math.imul(hash, MULTIPLIER) + lowerCode) & 0xff_ffff;
}

/** @throws if two of the names share a slot: then `MULTIPLIER` is to be changed. */
export function knownNames(numbered: Iterable<readonly [name: string, number: number]>): KnownNames {
  const names: string[] = new Array(SLOTS).fill('');
  const numbers = new Uint8Array(SLOTS);
  for (const [name, number] of numbered) {
    let hash = 0;
    for (let at = 0; at < name.length; at++) hash = nextHash(hash, name.charCodeAt(at));
    const slot = hash % SLOTS;
    if (numbers[slot] !== 0) throw new Error(`${name} and ${names[slot]} share a slot`);
    names[slot] = name;
    numbers[slot] = number;
  }
  return { names, numbers };
}

/** The number of the name that stands in `text` from `start` to `end`, and has this hash. */
export function nameNumber({ names, numbers }: KnownNames, hash: number, text: string, start: number, end: number): number {
  const slot = hash % SLOTS;
  const number = numbers[slot] as number;
  if (number === 0) return 0;
  const name = names[slot] as string;
  if (name.length !== end - start) return 0;
  for (let at = 0; at < name.length; at++) if ((text.charCodeAt(start + at) | 0x20) !== name.charCodeAt(at)) return 0;
  return number;
}
