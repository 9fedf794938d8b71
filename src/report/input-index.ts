import type { Outcome } from '../model/outcome.ts';

/** More sources and deeper pages than this share the last place. */
const MAX_GROUP = 2 ** 20 - 1;
const DISCOVERED = 2 ** 20;
const LINES_PER_GROUP = 2 ** 32;
const FIRST_CAPACITY = 1_024;

/**
 * Where the rows of a log stand, sorted by where their URLs stood in the input, in 24 bytes a row. A row's place is one number:
 *
 *     a seed:             source's place × 2^32 + line
 *     a discovered URL:   (2^20 + depth) × 2^32           behind every seed
 *
 * Rows with the same place stay in completion order, as the sort is stable.
 */
export class InputIndex {
  readonly #places = new Map<string, number>();
  #keys = new Float64Array(FIRST_CAPACITY);
  #offsets = new Float64Array(FIRST_CAPACITY);
  #lengths = new Uint32Array(FIRST_CAPACITY);
  #size = 0;

  /** `sources` are in input order; sources that are not named there follow in order of their first row. */
  constructor(sources: readonly string[]) {
    for (const source of sources) this.#place(source);
  }

  /** Adds the next row of the log. */
  add(outcome: Outcome, offsetBytes: number, lengthBytes: number): void {
    if (this.#size === this.#keys.length) this.#grow();
    this.#keys[this.#size] = this.#key(outcome);
    this.#offsets[this.#size] = offsetBytes;
    this.#lengths[this.#size] = lengthBytes;
    this.#size += 1;
  }

  /** Numbers of the rows, from 0, in input order. */
  sorted(): Uint32Array {
    const keys = this.#keys;
    const rows = new Uint32Array(this.#size).map((_, row) => row);
    return rows.sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0));
  }

  offsetBytes(row: number): number {
    return this.#offsets[row] ?? 0;
  }

  lengthBytes(row: number): number {
    return this.#lengths[row] ?? 0;
  }

  #key({ depth, source, line = 0 }: Outcome): number {
    if (depth > 0) return (DISCOVERED + Math.min(depth, MAX_GROUP)) * LINES_PER_GROUP;
    const place = source === undefined ? 0 : this.#place(source);
    return Math.min(place, MAX_GROUP) * LINES_PER_GROUP + Math.min(line, LINES_PER_GROUP - 1);
  }

  #place(source: string): number {
    const known = this.#places.get(source);
    if (known !== undefined) return known;
    this.#places.set(source, this.#places.size);
    return this.#places.size - 1;
  }

  #grow(): void {
    const capacity = this.#keys.length * 2;
    const grown = { keys: new Float64Array(capacity), offsets: new Float64Array(capacity), lengths: new Uint32Array(capacity) };
    grown.keys.set(this.#keys);
    grown.offsets.set(this.#offsets);
    grown.lengths.set(this.#lengths);
    this.#keys = grown.keys;
    this.#offsets = grown.offsets;
    this.#lengths = grown.lengths;
  }
}
