import type { RedirectHop } from './outcome.ts';

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
export interface RobotsErrand {
  /** The origin whose robots.txt this is. */
  origin: string;
  /** Attempts to get it that failed before. */
  failures: number;
  /** How far the entry's own fetch had come. */
  page?: Chain;
}
