import type { RedirectHop } from './outcome.ts';

/**
 * The state of one attempt that is following redirects. The next request waits for its turn at its origin like any
 * other, so another worker may make it. Everything that the attempt needs is in here, except credentials and cookies,
 * which are never given to an engine.
 */
export interface Chain {
  /** The origin of the entry's own URL, where each attempt starts. */
  home: string;
  /** The URL to request next: without credentials, and with the fragment that a redirect set. */
  url: string;
  /**
   * Redirects followed so far. Empty if the entry fell back to http because no https connection could be
   * established.
   */
  redirects: readonly RedirectHop[];
  /** The method from here on, if a redirect changed it (RFC 9110 section 15.4). The body was dropped at that point. */
  method?: string;
  /** Requests made so far. */
  requests: number;
  /** When the attempt started, in milliseconds since the epoch. */
  startedAtMs: number;
  /** How long the attempt's requests took so far, in milliseconds, without the waiting between them. */
  usedMs: number;
  /** The next request needs credentials, which only the worker process that followed the redirect has. */
  needsSecret?: true;
  /** Redirects have set cookies, which only the worker process that followed them has. */
  hasCookies?: true;
  /** Set while the entry fetches a robots.txt instead of its own page. */
  errand?: RobotsErrand;
}

/**
 * A robots.txt that redirects to another origin. The entry fetches it there, then returns to the origin that the file
 * applies to.
 */
export interface RobotsErrand {
  /** The origin that the robots.txt applies to. */
  origin: string;
  /** Earlier attempts to fetch it that failed. */
  failures: number;
  /** The state of the entry's own fetch before it went for the robots.txt. */
  page?: Chain;
}
