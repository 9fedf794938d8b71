import type { Entry } from './entry.ts';
import { isSafeMethod } from './http-method.ts';
import type { RedirectHop } from './outcome.ts';
import { isRepeatable } from './request-spec.ts';
import type { RunOptions } from './run-options.ts';

/**
 * How far the redirects of one attempt have led. The next request waits for its turn at its origin like any other, so it may be made by another worker: everything that the attempt needs is in here,
 * except credentials and cookies, which no engine is given.
 */
export interface Chain {
  /** The origin of the entry's own URL, where an attempt starts. */
  home: string;
  /** What to request next: without credentials, with the fragment that a redirect gave. */
  url: string;
  /** Redirects followed so far; none where the entry goes on by http because no https connection came about. */
  redirects: readonly RedirectHop[];
  /** The method from here on, where a redirect changed it. The body was dropped then. */
  method?: string;
  /** Requests made so far. */
  requests: number;
  /** When the attempt started, in milliseconds since the epoch. */
  startedAtMs: number;
  /** Time that the attempt's requests took so far, in milliseconds; waiting between them is not included. */
  usedMs: number;
  /** The next request needs credentials, which only the worker process that followed the redirect has. */
  needsSecret?: true;
  /** Redirects have set cookies. Only the worker process that followed them has these. */
  hasCookies?: true;
  /** The entry is fetching a robots.txt, not its page. */
  errand?: RobotsErrand;
}

/** A robots.txt that was redirected: the entry fetches it where it is, then returns to the origin that it rules over. */
interface RobotsErrand {
  /** The origin whose robots.txt this is. */
  origin: string;
  /** Attempts to get it that failed before. */
  failures: number;
  /** How far the entry's own fetch had come. */
  page?: Chain;
}

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
