/**
 * A perfect hash table of names, so that the scanner can identify a name without creating a string. Each name has a
 * number from 1; all other names are 0.
 */
export interface KnownNames {
  /** Indexed by hash slot: the name in lower case, and its number. */
  readonly names: readonly string[];
  readonly numbers: Uint8Array;
}

export const SLOTS = 2_048;
const MULTIPLIER = 51;

/**
 * Adds a character to a name's hash. The scanner computes the hash while it looks for the end of the name, so it costs
 * almost nothing.
 *
 * @param lowerCode the character's code with the bit 0x20 set, which lower-cases letters
 */
export function nextHash(hash: number, lowerCode: number): number {
  return (Math.imul(hash, MULTIPLIER) + lowerCode) & 0xff_ffff;
}

/**
 * Builds the table.
 *
 * @throws if two names share a slot. Then choose another `MULTIPLIER`.
 */
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

/** The number of the name in `text` from `start` to `end`, which has this hash. */
export function nameNumber({ names, numbers }: KnownNames, hash: number, text: string, start: number, end: number): number {
  const slot = hash % SLOTS;
  const number = numbers[slot] as number;
  if (number === 0) return 0;
  const name = names[slot] as string;
  if (name.length !== end - start) return 0;
  for (let at = 0; at < name.length; at++) if ((text.charCodeAt(start + at) | 0x20) !== name.charCodeAt(at)) return 0;
  return number;
}
