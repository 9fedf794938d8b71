const SEGMENTS = 256;
const FIRST_SLOTS = 16;
/** A page has 16 KiB. */
const PAGE_BITS = 11;
const PAGE_SLOTS = 2 ** PAGE_BITS;
const SLOT_IN_PAGE = PAGE_SLOTS - 1;
/** A segment that is fuller than this grows. A search for a key that is not there then looks at 50 slots on average, which takes 0.1 µs. */
const MAX_LOAD = 0.9;

/**
 * A hash map from keys of 16 hexadecimal digits to numbers from 1 to 255: open addressing in arrays of 32-bit words. It takes 9 to 13 bytes per key, up to
 * 18 around half a million keys, when segments get their second page, and 9 to 11 from two million keys on.
 *
 *     16 digits = 64 bits:  HHHHHHss LLLLLLLL
 *     a slot    = 2 words:  HHHHHHvv LLLLLLLL
 *
 * ss selects the segment, so the slot has room for the value vv in its place. 0 marks a free slot.
 *
 * The whole key is stored, so two keys are never confused. Each segment grows on its own, so that no growth blocks the
 * event loop for long (1 ms each with 10 million keys).
 */
export class KeyMap {
  readonly #segments = Array.from({ length: SEGMENTS }, () => new Segment());

  /** The number of the key, or 0 if it is not in the map. */
  get(key: string): number {
    const high = wordOf(key, 0);
    return (this.#segments[high & 255] as Segment).get(high >>> 8, wordOf(key, 8));
  }

  /** Sets the number of the key, from 1 to 255. Replaces an earlier one. */
  set(key: string, value: number): void {
    const high = wordOf(key, 0);
    (this.#segments[high & 255] as Segment).set(high >>> 8, wordOf(key, 8), value);
  }

  /** Sets the number of the key unless it already has one. Returns the number that it had before, or 0. */
  add(key: string, value: number): number {
    const high = wordOf(key, 0);
    return (this.#segments[high & 255] as Segment).add(high >>> 8, wordOf(key, 8), value);
  }

  /** The keys and their numbers, in no particular order. */
  *[Symbol.iterator](): Generator<readonly [key: string, value: number]> {
    for (let index = 0; index < SEGMENTS; index++) {
      for (const { high, low, value } of (this.#segments[index] as Segment).entries())
        yield [digits(high * SEGMENTS + index) + digits(low), value];
    }
  }
}

/** The 32 bits of 8 hexadecimal digits. `Number.parseInt` takes ten times as long. */
function wordOf(key: string, from: number): number {
  let word = 0;
  for (let at = from; at < from + 8; at++) {
    const code = key.charCodeAt(at);
    word = (word << 4) | ((code & 15) + (code >> 6) * 9);
  }
  return word >>> 0;
}

function digits(word: number): string {
  return word.toString(16).padStart(8, '0');
}

/** Holds the slots of a segment while it grows. All maps share it, because growing is synchronous. */
let spare = new Uint32Array(0);

/**
 * A hash table in pages. When it grows, it gets a further page and keeps the others: replaced arrays would stay in memory until V8's next major
 * collection, and leave holes of sizes that nothing else has.
 */
class Segment {
  /** A single page can be smaller than the others. It is replaced until it has the full size. */
  #pages = [new Uint32Array(2 * FIRST_SLOTS)];
  #slots = FIRST_SLOTS;
  #count = 0;

  get(high: number, low: number): number {
    const slot = this.#slotOf(high, low);
    return (this.#page(slot)[wordAt(slot)] as number) & 255;
  }

  set(high: number, low: number, value: number): void {
    const slot = this.#slotOf(high, low);
    const page = this.#page(slot);
    if (page[wordAt(slot)] === 0) this.#fill(slot, high, low, value);
    else page[wordAt(slot)] = (high << 8) | value;
  }

  add(high: number, low: number, value: number): number {
    const slot = this.#slotOf(high, low);
    const before = (this.#page(slot)[wordAt(slot)] as number) & 255;
    if (before === 0) this.#fill(slot, high, low, value);
    return before;
  }

  *entries(): Generator<{ high: number; low: number; value: number }> {
    for (const page of this.#pages) {
      for (let at = 0; at < page.length; at += 2) {
        const word = page[at] as number;
        if (word !== 0) yield { high: word >>> 8, low: page[at + 1] as number, value: word & 255 };
      }
    }
  }

  #page(slot: number): Uint32Array {
    return this.#pages[slot >>> PAGE_BITS] as Uint32Array;
  }

  /**
   * The key's slot, or the free slot where it would be inserted. Slots are ordered by the low word, so that growing a
   * segment reads and writes memory sequentially.
   */
  #slotOf(high: number, low: number): number {
    const slots = this.#slots;
    let slot = Math.floor((low / 2 ** 32) * slots);
    for (;;) {
      const page = this.#page(slot);
      const at = wordAt(slot);
      const word = page[at] as number;
      if (word === 0 || (page[at + 1] === low && word >>> 8 === high)) return slot;
      slot++;
      if (slot === slots) slot = 0;
    }
  }

  #fill(slot: number, high: number, low: number, value: number): void {
    this.#write(slot, (high << 8) | value, low);
    if (++this.#count > this.#slots * MAX_LOAD) this.#grow();
  }

  #write(slot: number, word: number, low: number): void {
    const page = this.#page(slot);
    page[wordAt(slot)] = word;
    page[wordAt(slot) + 1] = low;
  }

  #grow(): void {
    const words = this.#takeAll();
    if (this.#slots < PAGE_SLOTS) this.#pages = [new Uint32Array(2 * Math.min(PAGE_SLOTS, Math.ceil(this.#slots * 1.5)))];
    else this.#addPages();
    this.#slots = this.#pages.length === 1 ? (this.#pages[0] as Uint32Array).length / 2 : this.#pages.length * PAGE_SLOTS;
    for (let from = 0; from < words; from += 2) {
      const [word, low] = [spare[from] as number, spare[from + 1] as number];
      this.#write(this.#slotOf(word >>> 8, low), word, low);
    }
  }

  /** Moves all full slots into `spare`. Returns the number of words. */
  #takeAll(): number {
    const words = 2 * this.#count;
    if (spare.length < words) spare = new Uint32Array(2 * words);
    let to = 0;
    for (const page of this.#pages) {
      for (let at = 0; at < page.length; at += 2) {
        if (page[at] === 0) continue;
        spare[to++] = page[at] as number;
        spare[to++] = page[at + 1] as number;
      }
      page.fill(0);
    }
    return to;
  }

  /** Adds one page, or an eighth more pages: a key is then moved 8 times on average, however many keys there are. */
  #addPages(): void {
    for (let added = Math.ceil(this.#pages.length / 8); added > 0; added--) this.#pages.push(new Uint32Array(2 * PAGE_SLOTS));
  }
}

/** The index of the slot's first word in its page. */
function wordAt(slot: number): number {
  return 2 * (slot & SLOT_IN_PAGE);
}

/** A set of keys of 16 hexadecimal digits. It takes as much memory as a `KeyMap`. */
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
