import type { Chain, RobotsErrand } from './chain.ts';
import { isSafeMethod } from './http-method.ts';
import { isRepeatable, type RequestSpec } from './request-spec.ts';
import type { RunOptions } from './run-options.ts';

/** A URL on its way through the frontier. */
export interface Entry {
  /**
   * The identity for deduplication: 16 hexadecimal digits of a digest of the canonical URL, or of the line if
   * `identity` is `line`.
   */
  key: string;
  /** The URL to request, as serialised by the WHATWG URL Standard. */
  url: string;
  /**
   * The origin of the entry's next request, which is the unit of politeness: `scheme://host:port` without a default
   * port. It is the origin of `url`, unless there is a `chain`.
   */
  origin: string;
  /** 0 for a seed, one more for each link followed. */
  depth: number;
  /** Fetches made so far that count against `retries`. */
  attempts: number;
  /** How often the server asked us to come back later (Retry-After). These fetches do not count as retries. */
  deferrals: number;
  /** How long the earlier attempts took together, in milliseconds. Absent if there were none. */
  spentMs?: number;
  /** When the frontier accepted the entry, in milliseconds of the engine's clock. */
  acceptedAtMs: number;
  /** For a record or a link of a document: what to request besides the URL, and what to copy into the outcome. */
  request?: RequestSpec;
  /** `line`: the entry stands for its line, and other entries may have the same URL. */
  identity?: 'line';
  /** The URL as it was written in the source, if that differs from `url`. */
  input?: string;
  /** The name of the source. Absent if the run has only one. */
  source?: string;
  /** Line in the source, counted from 1. */
  line?: number;
  /** The page on which a link was found first. */
  referrer?: string;
  /**
   * For a link: the operator named its host, because that is the host of a seed and all pages from the seed to this
   * link are on it.
   */
  hostNamed?: true;
  /** For a link: the page on which it was found has a private address. */
  linkedPrivately?: true;
  /**
   * Set for links that leave the scope, links marked `nofollow`, and links of documents: they are requested, but their
   * links are not followed.
   */
  external?: true;
  /** With scope `prefix`: the URL of the seed, whose directory limits what is followed. */
  root?: string;
  /** Set while the entry follows redirects: the state from which its fetch continues. */
  chain?: Chain;
  /** The entry already has its row. It is fetched once more for its links, and gets no second row. */
  revisit?: true;
}

/**
 * All fields of an entry. Those that change most often from one entry to the next come last: packed entries share the
 * beginning of their text with the entry before.
 *
 * `satisfies` turns a missing field into a type error.
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

/** The origin of the entry's own URL. It differs from `entry.origin` while the entry follows redirects elsewhere. */
export function homeOf({ origin, chain }: Pick<Entry, 'origin' | 'chain'>): string {
  return chain?.home ?? origin;
}

/** The redirect state of the entry's own page, also while the entry fetches a robots.txt. */
export function pageChain({ chain }: Pick<Entry, 'chain'>): Chain | undefined {
  return chain?.errand === undefined ? chain : chain.errand.page;
}

/** The entry for a new attempt, which starts again at the entry's own URL. */
export function fromStart(entry: Entry): Entry {
  const { chain, ...rest } = entry;
  return chain === undefined ? entry : { ...rest, origin: chain.home };
}

/** The entry with the next request of a redirect chain, at the origin of that request. */
export function movedTo(entry: Entry, chain: Chain): Entry {
  return { ...entry, origin: new URL(chain.url).origin, chain };
}

/** The entry after it has fetched a redirected robots.txt: it waits at the origin that the robots.txt applies to. */
export function fromErrand(entry: Entry, { origin, page }: RobotsErrand): Entry {
  const { chain: _, ...rest } = entry;
  return { ...rest, origin, ...(page !== undefined && { chain: page }) };
}

/**
 * False if sending the entry's next request twice could have an effect twice. A redirect can change a POST into a GET,
 * which is safe again.
 */
export function mayRepeatNext(entry: Entry, options: Pick<RunOptions, 'method'>): boolean {
  return isRepeatable(entry, options) || isSafeMethod(entry.chain?.method ?? '');
}
