import type { Entry } from '../../model/entry.ts';
import { type LinkOptions, tracksDepth } from '../../model/link-options.ts';
import { KeyMap } from '../../util/key-map.ts';
import { depthOf, isExpanded, type Meeting, meetAgain, seenValue } from '../rules/seen-value.ts';

/** An entry, and the depth at which it is met. */
type Met = Pick<Entry, 'key' | 'depth' | 'external'>;

/**
 * The keys that a run has seen, at 9 to 18 bytes each. With `--depth`, each has a value (`rules/seen-value.ts`).
 *
 * Two URLs with the same first 64 bits of their SHA-1 count as one. Among 10 million URLs, the probability of that is 3e-6.
 */
export class SeenSet {
  /** 1 + the value. Without `--depth`: 1, or 2 if the URL was only met as external. */
  readonly #keys = new KeyMap();
  readonly #tracksDepth: boolean;
  readonly #mostDepth: number;

  constructor(options: Pick<LinkOptions, 'depth'>) {
    this.#tracksDepth = tracksDepth(options);
    this.#mostDepth = options.depth;
  }

  /** Lowers the depth of a key that was met at a greater one. Does not add a new key. */
  meet({ key, depth, external }: Met): 'new' | Meeting {
    const value = this.#value(key);
    if (value === undefined) return 'new';
    const meeting = meetAgain(value, external ? this.#mostDepth : depth);
    if (meeting !== 'known') this.#set(key, depth, false);
    return meeting;
  }

  /** Adds a new key. */
  add({ key, depth, external }: Met): void {
    this.#set(key, external ? this.#mostDepth : depth, external === true);
  }

  /** The least depth at which the key was met, or `given` if that is not known. */
  depthOf(key: string, given: number): number {
    const value = this.#tracksDepth ? this.#value(key) : undefined;
    return value === undefined ? given : depthOf(value);
  }

  /** Records that the links of the key's page were pushed from its least depth. */
  expand(key: string): void {
    const value = this.#tracksDepth ? this.#value(key) : undefined;
    if (value !== undefined && !isExpanded(value)) this.#set(key, depthOf(value), true);
  }

  #value(key: string): number | undefined {
    const stored = this.#keys.get(key);
    if (stored === 0) return undefined;
    if (this.#tracksDepth) return stored - 1;
    return stored === 1 ? seenValue(0, false) : seenValue(this.#mostDepth, true);
  }

  #set(key: string, depth: number, expanded: boolean): void {
    this.#keys.set(key, 1 + (this.#tracksDepth ? seenValue(depth, expanded) : expanded ? 1 : 0));
  }
}
