const SEGMENTS = 256;
const INITIAL_SLOTS = 16;
/**
 * A segment that is fuller than this grows by half. Right after growing it is still 53% full, so a key takes at most 15
 * bytes.
 */
const MAX_LOAD = 0.8;
const GROWTH = 1.5;

/**
 * A hash map from keys of 16 hexadecimal digits to numbers from 1 to 255. It takes 10 to 15 bytes per key: open
 * addressing in an array of 32-bit words.
 *
 *     16 digits = 64 bits:  HHHHHHss LLLLLLLL
 *     a slot    = 2 words:  HHHHHHvv LLLLLLLL
 *
 * ss selects the segment, so the slot has room for the value vv in its place. 0 marks a free slot.
 *
 * The whole key is stored, so two keys are never confused. Each segment grows on its own, so that no growth blocks the
 * event loop for long (2 ms each with 10 million keys).
 */
export class KeyMap {
  readonly #segments = Array.from({ length: SEGMENTS }, () => new Segment());

  /** The number of the key, or 0 if it is not in the map. */
  get(key: string): number {
    const high = Number.parseInt(key.slice(0, 8), 16);
    return (this.#segments[high & 255] as Segment).get(high >>> 8, Number.parseInt(key.slice(8), 16));
  }

  /** Sets the number of the key, from 1 to 255. Replaces an earlier one. */
  set(key: string, value: number): void {
    const high = Number.parseInt(key.slice(0, 8), 16);
    (this.#segments[high & 255] as Segment).set(high >>> 8, Number.parseInt(key.slice(8), 16), value);
  }

  /** Sets the number of the key unless it already has one. Returns the number that it had before, or 0. */
  add(key: string, value: number): number {
    const high = Number.parseInt(key.slice(0, 8), 16);
    return (this.#segments[high & 255] as Segment).add(high >>> 8, Number.parseInt(key.slice(8), 16), value);
  }

  /** The keys and their numbers, in no particular order. */
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
  #words = new Uint32Array(2 * INITIAL_SLOTS);
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
    if (++this.#count > (this.#words.length / 2) * MAX_LOAD) this.#grow();
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

/**
 * The index of the key's slot, or of the free slot where it would be inserted. Slots are ordered by the low word, so
 * that growing a segment reads and writes memory sequentially.
 */
function slotOf(words: Uint32Array, high: number, low: number): number {
  let at = 2 * Math.floor((low / 2 ** 32) * (words.length / 2));
  for (;;) {
    const word = words[at] as number;
    if (word === 0 || (words[at + 1] === low && word >>> 8 === high)) return at;
    at += 2;
    if (at === words.length) at = 0;
  }
}

/** A set of keys of 16 hexadecimal digits. It takes 10 to 15 bytes per key. */
export class KeySet {
  readonly #keys = new KeyMap();

  /** Adds a key. True if it was new. */
  add(key: string): boolean {
    return this.#keys.add(key, 1) === 0;
  }

  has(key: string): boolean {
    return this.#keys.get(key) !== 0;
  }
}
