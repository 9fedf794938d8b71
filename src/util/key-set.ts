import { KeyMap } from './key-map.ts';

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
