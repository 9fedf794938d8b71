import type { Entry } from '../../model/entry.ts';
import { type LinkOptions, tracksDepth } from '../../model/link-options.ts';
import { KeyMap } from '../../util/key-map.ts';

/** How a URL stood when it was met: not seen yet; seen at this depth or a lesser one; seen at a greater one, and its links were not pushed from there, or they were. */
type Meeting = 'new' | 'known' | 'nearer' | 'expanded nearer';

/** An entry as it is met. */
type Met = Pick<Entry, 'key' | 'depth' | 'external'>;

/**
 * The keys that a run has seen, at 10 to 15 bytes each; where depths count, with the least at which each was met, and whether the links of its page were pushed from there.
 * What is external leads to nothing, like what lies at the greatest depth, and stands as if it had been met there and expanded: whoever meets it otherwise, and nearer, has its links to come.
 *
 * Two URLs are taken for one if the first 64 bits of their SHA-1 are the same: among 10 million with probability 3e-6.
 */
export class SeenSet {
  /** 1 + 2 × depth, and 1 more if it is expanded. Where depths do not count: 1, or 2 if it was met as external only. */
  readonly #keys = new KeyMap();
  readonly #tracksDepth: boolean;
  readonly #mostDepth: number;

  constructor(options: Pick<LinkOptions, 'depth'>) {
    this.#tracksDepth = tracksDepth(options);
    this.#mostDepth = options.depth;
  }

  /** Remembers the depth of a key that was met at a greater one. It is taken for one whose links are to come. A key that is new is not added. */
  meet({ key, depth, external }: Met): Meeting {
    const value = this.#keys.get(key);
    if (value === 0) return 'new';
    if (external || this.#leastDepth(value) <= depth) return 'known';
    this.#keys.set(key, this.#unexpanded(depth));
    return isExpanded(value) ? 'expanded nearer' : 'nearer';
  }

  /** Adds a key that is new. */
  add({ key, depth, external }: Met): void {
    this.#keys.add(key, external ? this.#unexpanded(this.#mostDepth) + 1 : this.#unexpanded(depth));
  }

  /** The least depth at which the key was met, or what is given if that is not known. */
  depthOf(key: string, given: number): number {
    const value = this.#tracksDepth ? this.#keys.get(key) : 0;
    return value === 0 ? given : depthOf(value);
  }

  /** The links of the key's page were pushed, as from its least depth. */
  expand(key: string): void {
    const value = this.#tracksDepth ? this.#keys.get(key) : 0;
    if (value !== 0 && !isExpanded(value)) this.#keys.set(key, value + 1);
  }

  #unexpanded(depth: number): number {
    return this.#tracksDepth ? 1 + 2 * depth : 1;
  }

  #leastDepth(value: number): number {
    if (this.#tracksDepth) return depthOf(value);
    return isExpanded(value) ? this.#mostDepth : 0;
  }
}

function depthOf(value: number): number {
  return (value - 1) >> 1;
}

function isExpanded(value: number): boolean {
  return value % 2 === 0;
}
