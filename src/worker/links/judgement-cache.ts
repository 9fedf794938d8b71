import type { JudgedLink } from './judged-links.ts';

/** What a kept judgement takes besides its texts: the object, its place in a map, the heads of its strings. */
const OVERHEAD_BYTES = 300;
/** Of all runs of a process together. Pages of a site have most of their links in common, and each takes as long to judge as to find. */
const MOST_BYTES = 16 * 1_048_576;

type Generation = Map<string, Map<string, JudgedLink>>;

/**
 * Judgements of links, by their scope and the link. It holds the most recently used ones in two generations: when the younger one has half of the bytes it
 * becomes the older one, and what that held and nobody asked for since is forgotten.
 */
export class JudgementCache {
  readonly #generationBytes: number;
  #young: Generation = new Map();
  #old: Generation = new Map();
  #bytes = 0;

  constructor(mostBytes = MOST_BYTES) {
    this.#generationBytes = mostBytes / 2;
  }

  get(scope: string, link: string): JudgedLink | undefined {
    const judged = this.#young.get(scope)?.get(link);
    if (judged !== undefined) return judged;
    const old = this.#old.get(scope)?.get(link);
    if (old !== undefined) this.set(scope, link, old);
    return old;
  }

  set(scope: string, link: string, judged: JudgedLink): void {
    const bytes = OVERHEAD_BYTES + link.length + judged.url.length + judged.origin.length + judged.hostname.length;
    if (this.#bytes + bytes > this.#generationBytes) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#bytes = 0;
    }
    let links = this.#young.get(scope);
    if (links === undefined) {
      links = new Map();
      this.#young.set(scope, links);
      this.#bytes += OVERHEAD_BYTES + scope.length;
    }
    links.set(link, judged);
    this.#bytes += bytes;
  }
}
