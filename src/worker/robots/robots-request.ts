import { ROBOTS_LEASE_MS } from '../../engine/engine.ts';
import type { WholeRequest } from '../../fetch/fetcher.ts';
import type { RunOptions } from '../../model/run-options.ts';
import { MAX_ROBOTS_BYTES } from '../../parse/robots/robots-lines.ts';

/** So many redirects are followed (RFC 9309 section 2.3.1.2). */
const MOST_REDIRECTS = 5;
/** It takes no longer than others leave it to us, with something in hand to tell them. */
const MOST_MS = ROBOTS_LEASE_MS - 5_000;

/** The request for the robots.txt of an origin, made as the run makes its others. */
export function robotsRequest(origin: string, options: RunOptions, namedHost: string | undefined): WholeRequest {
  return { url: `${origin}/robots.txt`, method: 'GET', options: forRobots(options), keepContent: true, namedHost };
}

const FOR_ROBOTS = new WeakMap<RunOptions, RunOptions>();

/** The same object each time, as the fetcher wants it. */
function forRobots(options: RunOptions): RunOptions {
  let robots = FOR_ROBOTS.get(options);
  if (robots === undefined) {
    robots = { ...options, maxRedirects: MOST_REDIRECTS, maxBodyBytes: MAX_ROBOTS_BYTES, timeoutMs: Math.min(options.timeoutMs, MOST_MS) };
    FOR_ROBOTS.set(options, robots);
  }
  return robots;
}
