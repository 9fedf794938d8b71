import type { FoundLinks } from '../engine/ending.ts';
import { ENTRY_FIELDS, type Entry } from '../model/entry.ts';
import { tracksDepth } from '../model/link-options.ts';
import type { RunOptions } from '../model/run-options.ts';
import { KeySet } from '../util/key-map.ts';

/** The fields that links of a page usually share: all but keys and URLs. */
type Shared = Omit<Entry, 'key' | 'url'>;

/** Links of a page in a message between processes, grouped by equal shared fields. */
export interface PackedLinks {
  leftOut: Readonly<Record<string, number>>;
  groups: PackedGroup[];
}

interface PackedGroup {
  shared: Shared;
  /** Concatenated keys, 16 characters each. */
  keys: string;
  /** If `isShort`, without the origin. */
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

/** Maximum number of remembered links per run; about 15 bytes each. */
const MAX_REMEMBERED = 500_000;

/**
 * Remembers which links of a run the engine already has, so that they need not be sent again: a page of a site repeats
 * most links of earlier pages. It is not used if depths count, because a link may then be a shorter path. Links are not
 * remembered if a limit was met, because the engine counts each link that it skips.
 */
export class LinkSieve {
  readonly #isUsed: boolean;
  #followed = new KeySet();
  #external = new KeySet();
  #remembered = 0;

  constructor(options: RunOptions) {
    this.#isUsed = options.depth > 0 && !tracksDepth(options);
  }

  /** Removes the links that the engine is known to have. */
  sift(found: FoundLinks): FoundLinks {
    return this.#isUsed ? { ...found, entries: found.entries.filter((link) => !this.#has(link)) } : found;
  }

  /** Remembers links that the engine has taken without skipping any. */
  taken(links: readonly Entry[]): void {
    if (!this.#isUsed) return;
    for (const { key, external } of links) {
      if (++this.#remembered > MAX_REMEMBERED) this.#forget();
      (external ? this.#external : this.#followed).add(key);
    }
  }

  /** A link that was only seen as external is new to the engine when it is seen as one to follow. */
  #has({ key, external }: Entry): boolean {
    return this.#followed.has(key) || (external === true && this.#external.has(key));
  }

  #forget(): void {
    this.#followed = new KeySet();
    this.#external = new KeySet();
    this.#remembered = 1;
  }
}
