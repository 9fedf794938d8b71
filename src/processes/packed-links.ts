import type { FoundLinks } from '../engine/engine.ts';
import { ENTRY_FIELDS, type Entry } from '../model/entry.ts';
import { tracksDepth } from '../model/link-options.ts';
import type { RunOptions } from '../model/run-options.ts';
import { KeySet } from '../util/key-map.ts';

/** What links of a page have in common: everything but their keys and URLs. */
type Shared = Omit<Entry, 'key' | 'url'>;

/** Links of a page as they go between processes: those that have the same in common together. */
export interface PackedLinks {
  leftOut: Readonly<Record<string, number>>;
  groups: PackedGroup[];
}

interface PackedGroup {
  shared: Shared;
  /** 16 characters for each link. */
  keys: string;
  /** Without the origin, if `isShort`. */
  urls: string[];
  isShort: boolean;
}

const KEY_CHARS = 16;
const SHARED = ENTRY_FIELDS.filter((field): field is keyof Shared => field !== 'key' && field !== 'url');

export function packLinks({ entries, leftOut }: FoundLinks): PackedLinks {
  const groups: PackedGroup[] = [];
  for (const { key, url, ...shared } of entries) {
    const isShort = url.startsWith(shared.origin);
    let group = groups.find((other) => other.isShort === isShort && SHARED.every((field) => other.shared[field] === shared[field]));
    if (group === undefined) {
      group = { shared, keys: '', urls: [], isShort };
      groups.push(group);
    }
    group.keys += key;
    group.urls.push(isShort ? url.slice(shared.origin.length) : url);
  }
  return { leftOut, groups };
}

export function unpackLinks({ groups, leftOut }: PackedLinks): FoundLinks {
  const entries: Entry[] = [];
  for (const { shared, keys, urls, isShort } of groups) {
    for (const [index, text] of urls.entries()) {
      const key = keys.slice(index * KEY_CHARS, (index + 1) * KEY_CHARS);
      entries.push({ ...shared, key, url: isShort ? shared.origin + text : text });
    }
  }
  return { entries, leftOut };
}

/** Links of a run that are remembered; some 15 bytes each. */
const MOST_REMEMBERED = 500_000;

/**
 * The links of a run of which this process knows that the engine has them: a page of a site repeats most links of the pages before it. They need not be sent again where the engine would do nothing with
 * them. That is not so where depths count, as a shorter way may have been found; nor where a limit was met, as each link that it leaves out is counted.
 */
export class LinkSieve {
  readonly #isUsed: boolean;
  #followed = new KeySet();
  #external = new KeySet();
  #remembered = 0;

  constructor(options: RunOptions) {
    this.#isUsed = options.depth > 0 && !tracksDepth(options);
  }

  /** Those that the engine may not have. */
  sift(found: FoundLinks): FoundLinks {
    return this.#isUsed ? { ...found, entries: found.entries.filter((link) => !this.#has(link)) } : found;
  }

  /** The engine has them all, and left none out. */
  taken(links: readonly Entry[]): void {
    if (!this.#isUsed) return;
    for (const { key, external } of links) {
      if (++this.#remembered > MOST_REMEMBERED) this.#forget();
      (external ? this.#external : this.#followed).add(key);
    }
  }

  /** One that was met as external only is new to the engine when it is met otherwise. */
  #has({ key, external }: Entry): boolean {
    return this.#followed.has(key) || (external === true && this.#external.has(key));
  }

  #forget(): void {
    this.#followed = new KeySet();
    this.#external = new KeySet();
    this.#remembered = 1;
  }
}
