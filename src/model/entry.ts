import type { Chain, RobotsErrand } from './chain.ts';
import { isSafeMethod } from './http-method.ts';
import { isRepeatable, type RequestSpec } from './request-spec.ts';
import type { RunOptions } from './run-options.ts';

/** A URL on its way through the frontier. */
export interface Entry {
  /** Identity for deduplication: 16 hexadecimal digits of a digest of the canonical URL, or of the line where that is the identity. */
  key: string;
  /** The URL to request, as WHATWG serialises it. */
  url: string;
  /** Where the entry's next request goes: `scheme://host:port` without a default port, the unit of politeness. It is the origin of `url` unless there is a `chain`. */
  origin: string;
  /** 0 for a seed, one more for each link followed. */
  depth: number;
  /** Fetches made so far that count against the run's retries. */
  attempts: number;
  /** Times the server asked us to come back later (Retry-After); these cost no retry. */
  deferrals: number;
  /** How long its earlier attempts took, all together, in milliseconds: absent if there were none. */
  spentMs?: number;
  /** When the frontier accepted it, in milliseconds of the engine's clock. */
  acceptedAtMs: number;
  /** Of a record: what to ask for beside the URL. */
  request?: RequestSpec;
  /** `line`: it stands for its line, and others may have the same URL. */
  identity?: 'line';
  /** As it was written in the source, where that differs from `url`. */
  input?: string;
  /** The source's name, where a run has several. */
  source?: string;
  /** Line in the source, from 1. */
  line?: number;
  /** The page on which it was found first. */
  referrer?: string;
  /** Of a link: the operator named its host, as that of a seed from which links led here without leaving it. */
  hostNamed?: true;
  /** Of a link: the page on which it was found had a private address. */
  linkedPrivately?: true;
  /** Of a link that leaves the scope or is `nofollow`, or that stands in a document: it is requested, and not followed. */
  external?: true;
  /** With scope `prefix`: the URL of the seed whose folder bounds what is followed. */
  root?: string;
  /** Redirects have led the entry's fetch this far, and it goes on from there. */
  chain?: Chain;
  /** It has its row: it is fetched once more for its links, and gets no second one. */
  revisit?: true;
}

/**
 * Every field of an entry. Those that change most often from one entry to the next come last, for whoever packs entries one after another.
 * `satisfies` makes a field that is missing here an error of the type check.
 */
export const ENTRY_FIELDS = Object.keys({
  key: true,
  line: true,
  depth: true,
  attempts: true,
  deferrals: true,
  identity: true,
  revisit: true,
  external: true,
  hostNamed: true,
  linkedPrivately: true,
  source: true,
  root: true,
  request: true,
  chain: true,
  spentMs: true,
  input: true,
  origin: true,
  url: true,
  referrer: true,
  acceptedAtMs: true,
} satisfies Record<keyof Entry, true>) as (keyof Entry)[];

/** The origin of the entry's own URL. `entry.origin` is another one while redirects have led the entry elsewhere. */
export function homeOf({ origin, chain }: Pick<Entry, 'origin' | 'chain'>): string {
  return chain?.home ?? origin;
}

/** How far the fetch of the entry's page has come. */
export function pageChain({ chain }: Pick<Entry, 'chain'>): Chain | undefined {
  return chain?.errand === undefined ? chain : chain.errand.page;
}

/** The entry for another attempt: it starts with the entry's own URL. */
export function fromStart(entry: Entry): Entry {
  const { chain, ...rest } = entry;
  return chain === undefined ? entry : { ...rest, origin: chain.home };
}

/** The entry on its way to the next request of a chain. */
export function movedTo(entry: Entry, chain: Chain): Entry {
  return { ...entry, origin: new URL(chain.url).origin, chain };
}

/** Back from its errand, the entry waits at the origin whose robots.txt it fetched. */
export function fromErrand(entry: Entry, { origin, page }: RobotsErrand): Entry {
  const { chain: _, ...rest } = entry;
  return { ...rest, origin, ...(page !== undefined && { chain: page }) };
}

/** False if the server may act on the entry's next request each time it arrives. A POST that was answered with 303 goes on as a GET. */
export function mayRepeatNext(entry: Entry, options: Pick<RunOptions, 'method'>): boolean {
  return isRepeatable(entry, options) || isSafeMethod(entry.chain?.method ?? '');
}
