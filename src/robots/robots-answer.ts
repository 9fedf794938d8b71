import { readRobots } from './read-robots.ts';
import type { RobotsRules } from './robots-rules.ts';

/** How many redirects are followed to a robots.txt (RFC 9309 section 2.3.1.2). */
export const MAX_ROBOTS_REDIRECTS = 5;

/** How the request for a robots.txt ended. */
export type RobotsExchange =
  | { kind: 'answer'; status: number; body: Uint8Array /** Where it was found, redirects followed. */; url: string }
  /** More than `MAX_ROBOTS_REDIRECTS`, or one that leads nowhere. */
  | { kind: 'lost' }
  /** No answer, or one that broke off: no DNS, refused, reset, timed out. `why` says which. */
  | { kind: 'failed'; why: string };

/** What an origin's robots.txt means for its URLs. `unreachable`: none of them may be fetched now. */
export type RobotsAnswer = { kind: 'rules'; rules: RobotsRules } | { kind: 'allow-all' } | { kind: 'unreachable'; why: string };

/**
 * What the end of the request means (RFC 9309 section 2.3.1). A file that is not there (any 4xx, and redirects without end) allows everything; one that may be there but
 * cannot be had (5xx, no answer) forbids everything, until it can. A 429 is taken for the second, as with Google, although the RFC would let it pass for the first: a server that asks for patience is not to be
 * met with more requests.
 */
export function robotsAnswer(exchange: RobotsExchange, productToken: string): RobotsAnswer {
  if (exchange.kind === 'failed') return { kind: 'unreachable', why: exchange.why };
  if (exchange.kind === 'lost') return { kind: 'allow-all' };
  const { status, body, url } = exchange;
  if (status >= 200 && status < 300) return { kind: 'rules', rules: readRobots(body, productToken, url) };
  if (status === 429 || status >= 500) return { kind: 'unreachable', why: `the server answered ${status}` };
  return { kind: 'allow-all' };
}
