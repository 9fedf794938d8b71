const SEGMENTS = 256;
const FIRST_SLOTS = 16;
/** A segment this full grows by half: its slots are at least 53 in a hundred full then, so that a key takes 15 bytes at most. */
const FULL = 0.8;
const GROWTH = 1.5;

/**
 * A number from 1 to 255 for each key of 16 hexadecimal digits, at 10 to 15 bytes a key: open addressing over pairs of 32-bit words.
 *
 *     16 digits = 64 bits:  HHHHHHss LLLLLLLL
 *     a slot    = 2 words:  HHHHHHvv LLLLLLLL      ss chooses the segment, and leaves its place to the value; 0 marks a free slot
 *
 * The whole key is kept: two keys are never taken for one. The segments grow by themselves, so that no single growth holds the event loop for long (10 million keys: 2 ms each).
 */
export class KeyMap {
  readonly #segments = Array.from({ length: SEGMENTS }, () => new Segment());

  /** The key's number, or 0 if it has none. */
  get(key: string): number {
    const high = Number.parseInt(key.slice(0, 8), 16);
    return (this.#segments[high & 255] as Segment).get(high >>> 8, Number.parseInt(key.slice(8), 16));
  }

  /** Gives the key a number, from 1 to 255, in place of the one that it has. */
  set(key: string, value: number): void {
    const high = Number.parseInt(key.slice(0, 8), 16);
    (this.#segments[high & 255] as Segment).set(high >>> 8, Number.parseInt(key.slice(8), 16), value);
  }

  /** Gives the key a number if it has none. The number that it had, or 0. */
  add(key: string, value: number): number {
    const high = Number.parseInt(key.slice(0, 8), 16);
    return (this.#segments[high & 255] as Segment).add(high >>> 8, Number.parseInt(key.slice(8), 16), value);
  }

  /** The keys and their numbers, in no order. */
  *[Symbol.iterator](): Generator<readonly [key: string, value: number]> {
    for (let index = 0; index < SEGMENTS; index++) {
      for (const { high, low, value } of (this.#segments[index] as Segment).slots())
        yield [digits(high * SEGMENTS + index) + digits(low), value];
    }
  }
}

function digits(word: number): string {
  return word.toString(16).padStart(8, '0');
}

class Segment {
  #words = new Uint32Array(2 * FIRST_SLOTS);
  #count = 0;

  get(high: number, low: number): number {
    return (this.#words[slotOf(this.#words, high, low)] as number) & 255;
  }

  set(high: number, low: number, value: number): void {
    const at = slotOf(this.#words, high, low);
    if (this.#words[at] === 0) this.#fill(at, high, low, value);
    else this.#words[at] = (high << 8) | value;
  }

  add(high: number, low: number, value: number): number {
    const at = slotOf(this.#words, high, low);
    const before = (this.#words[at] as number) & 255;
    if (before === 0) this.#fill(at, high, low, value);
    return before;
  }

  #fill(at: number, high: number, low: number, value: number): void {
    this.#words[at] = (high << 8) | value;
    this.#words[at + 1] = low;
    if (++this.#count > (this.#words.length / 2) * FULL) this.#grow();
  }

  #grow(): void {
    const old = this.#words;
    const words = new Uint32Array(2 * Math.ceil((old.length / 2) * GROWTH));
    for (let from = 0; from < old.length; from += 2) {
      const [word, low] = [old[from] as number, old[from + 1] as number];
      if (word === 0) continue;
      const at = slotOf(words, word >>> 8, low);
      words[at] = word;
      words[at + 1] = low;
    }
    this.#words = words;
  }

  *slots(): Generator<{ high: number; low: number; value: number }> {
    const words = this.#words;
    for (let at = 0; at < words.length; at += 2) {
      const word = words[at] as number;
      if (word !== 0) yield { high: word >>> 8, low: words[at + 1] as number, value: word & 255 };
    }
  }
}

/** Where the key is, or else the free slot where it would be. Slots are in the order of the low words, so that one that grows is read and written from front to back. */
function slotOf(words: Uint32Array, high: number, low: number): number {
  let at = 2 * Math.floor((low / 2 ** 32) * (words.length / 2));
  for (;;) {
    const word = words[at] as number;
    if (word === 0 || (words[at + 1] === low && word >>> 8 === high)) return at;
    at += 2;
    if (at === words.length) at = 0;
  }
}

/** Keys of 16 hexadecimal digits, at 10 to 15 bytes each. */
export class KeySet {
  readonly #keys = new KeyMap();

  /** Adds a key. True if it was not there before. */
  add(key: string): boolean {
    return this.#keys.add(key, 1) === 0;
  }

  has(key: string): boolean {
    return this.#keys.get(key) !== 0;
  }
}
