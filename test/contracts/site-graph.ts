/** Sites of interlinked pages, and what a crawl should find on them. */

import type { Ending, FoundLinks } from '../../src/engine/ending.ts';
import type { Visit } from '../../src/engine/visit.ts';
import type { Entry } from '../../src/model/entry.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { canonicalUrl, urlKey } from '../../src/model/url/canonical-url.ts';
import type { SeededRandom } from '../chaos/seeded-random.ts';
import { outcomeOf } from './crew.ts';

/** URL → the URLs that its page links to. A URL that is not a page has no links. */
export type SiteGraph = ReadonlyMap<string, readonly string[]>;

/** Pages on three hosts: most link to a few near ones, some far back. All are reachable from the first; the last quarter is a chain of single links. */
export function randomGraph(random: SeededRandom, pages: number): SiteGraph {
  const url = (index: number) => `http://${'abc'[index % 3]}.test/${index}`;
  const links = (index: number) => {
    const isChain = index > (pages * 3) / 4;
    const near = Array.from({ length: random.between(0, 6) }, () => index + random.between(-9, isChain ? 1 : Math.ceil(pages / 8)));
    if (random.next() < 0.05) near.push(random.between(0, index));
    return [...near, index + 1].filter((target) => target >= 0 && target < pages && target !== index);
  };
  return new Map(Array.from({ length: pages }, (_, index) => [url(index), [...new Set(links(index).map(url))]]));
}

/** What a breadth-first search of the site finds: each URL with the number of links to it. */
export function reachable(graph: SiteGraph, seeds: readonly string[], depth: number): Map<string, number> {
  const found = new Map(seeds.map((seed) => [seed, 0]));
  for (const [url, at] of found) {
    if (at === depth) continue;
    for (const link of graph.get(url) ?? []) if (!found.has(link)) found.set(link, at + 1);
  }
  return found;
}

/** What a crawl that stays on each seed's host finds with `checkExternal`: the internal pages, and the external URLs that they link to. */
export function reachableByHost(graph: SiteGraph, seeds: readonly string[], depth: number): Set<string> {
  const inside = new Map([...graph].map(([url, links]) => [url, links.filter((link) => isSameHost(url, link))]));
  const followed = reachable(inside, seeds, depth);
  const found = new Set(followed.keys());
  for (const [url, at] of followed) if (at < depth) for (const link of graph.get(url) ?? []) found.add(link);
  return found;
}

function isSameHost(a: string, b: string): boolean {
  return new URL(a).host === new URL(b).host;
}

export function keyOf(url: string): string {
  return urlKey(canonicalUrl(new URL(url)));
}

export function linkFrom(page: Entry, url: string): Entry {
  const { origin } = new URL(url);
  const { depth, acceptedAtMs } = page;
  return { key: keyOf(url), url, origin, depth: depth + 1, attempts: 0, deferrals: 0, acceptedAtMs, referrer: page.url };
}

/** Whether the link leaves the scope, with `checkExternal`. */
export function externalFrom(page: Entry, url: string): Entry {
  return { ...linkFrom(page, url), external: true, request: { method: 'HEAD' } };
}

export function found(page: Entry, urls: readonly string[], leftOut: FoundLinks['leftOut'] = {}): FoundLinks {
  return { entries: urls.map((url) => linkFrom(page, url)), leftOut };
}

/** As `found`, for a run that stays on each seed's host and requests external URLs. */
export function foundByHost(page: Entry, urls: readonly string[]): FoundLinks {
  return { entries: urls.map((url) => (isSameHost(page.url, url) ? linkFrom : externalFrom)(page, url)), leftOut: {} };
}

/** A page was fetched and searched for links. */
export function foundOn(page: Entry, visit: Visit, links: FoundLinks, changes: Partial<Outcome> = {}): Ending {
  if (page.revisit) return { kind: 'revisited', found: links };
  return { kind: 'outcome', outcome: outcomeOf(visit.run, page, { links: links.entries.length, ...changes }), found: links };
}
