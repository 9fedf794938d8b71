import { LinkLimits } from '../../../../src/engine/memory/link-limits.ts';
import { SeenSet } from '../../../../src/engine/memory/seen-set.ts';
import type { PageLinks } from '../../../../src/engine/redis/frontier/wire-format.ts';
import { pageKey, revisitOf } from '../../../../src/engine/rules/revisit.ts';
import type { Entry } from '../../../../src/model/entry.ts';
import { tracksDepth } from '../../../../src/model/link-options.ts';
import type { RunOptions } from '../../../../src/model/run-options.ts';

/** The expected results for a run's seeds and links, computed with the parts of the memory engine. */
export class LinkOracle {
  /** Seeds and links that became entries. */
  readonly accepted = new Set<string>();
  readonly discovered = new Set<string>();
  /** Keys of entries that wait for a revisit or are being revisited. */
  readonly revisits = new Set<string>();
  readonly leftOut = new Map<string, number>();
  /** Each entry as it joined the frontier. */
  readonly entries = new Map<string, Entry>();
  readonly #options: RunOptions;
  readonly #seen: SeenSet;
  readonly #limits: LinkLimits;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#seen = new SeenSet(options);
    this.#limits = new LinkLimits(options);
  }

  seed(entry: Entry): void {
    const meeting = this.#seen.meet(entry);
    if (meeting === 'new') this.#join(entry, this.accepted);
    if (meeting === 'expanded') this.#revisit(entry);
  }

  /** A page in flight reported links, in a run with this many invalid lines. */
  push(page: Entry, { entries, leftOut, isPart }: PageLinks, invalid: number): void {
    const depth = this.depthOf(page) + 1;
    const counted = new Map(Object.entries(leftOut));
    for (const link of entries) {
      const entry = tracksDepth(this.#options) ? { ...link, depth } : link;
      const meeting = this.#seen.meet(entry);
      if (meeting === 'expanded') this.#revisit(entry);
      if (meeting !== 'new') continue;
      const refusal = this.#limits.refusal(entry, this.accepted.size + invalid + this.discovered.size, false);
      if (refusal === undefined) this.#join(entry, this.discovered);
      else counted.set(refusal, (counted.get(refusal) ?? 0) + 1);
    }
    if (isPart) return;
    for (const [reason, links] of counted) this.leftOut.set(reason, (this.leftOut.get(reason) ?? 0) + links);
    this.#seen.expand(pageKey(page));
  }

  depthOf(page: Entry): number {
    return this.#seen.depthOf(pageKey(page), page.depth);
  }

  /** An entry was found that has a row in the log and had links. */
  dropped(key: string): void {
    const entry = this.entries.get(key) as Entry;
    if (entry.external) return;
    if (this.depthOf(entry) < this.#options.depth) this.#revisit(entry);
    else this.#seen.expand(key);
  }

  #join(entry: Entry, where: Set<string>): void {
    this.#seen.add(entry);
    this.#limits.count(entry);
    where.add(entry.key);
    this.entries.set(entry.key, entry);
  }

  #revisit(entry: Entry): void {
    const revisit = revisitOf(entry);
    if (this.revisits.has(revisit.key)) throw new Error(`${entry.url} is to be revisited twice at once`);
    this.revisits.add(revisit.key);
    this.entries.set(revisit.key, revisit);
  }
}
