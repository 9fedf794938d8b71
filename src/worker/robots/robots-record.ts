import { ROBOTS_LEASE_MS } from '../../engine/engine.ts';
import type { FailureVerdict, FetchEnd, FetchedResponse, FetchFailure } from '../../fetch/fetch-result.ts';
import type { WholeRequest } from '../../fetch/fetcher.ts';
import type { OutcomeError } from '../../model/outcome.ts';
import type { RunOptions } from '../../model/run-options.ts';
import { MAX_ROBOTS_BYTES } from '../../parse/robots/robots-lines.ts';
import { MAX_OBEYED_WAIT_MS } from '../retry-policy.ts';

/** What the workers tell one another of an origin's robots.txt. */
export type RobotsRecord =
  /** Each octet of `body` is a character, so that what is no UTF-8 is read as it came; `url` is where it was found, after redirects. `atMs` is when, by the engine's clock. */
  | { kind: 'rules'; url: string; body: string; atMs: number }
  /** There is none (RFC 9309 section 2.3.1.3). */
  | { kind: 'allow-all'; why: string }
  | UnreachableRobots;

/** It may not be known what is allowed, so that nothing is (RFC 9309 section 2.3.1.4). */
export interface UnreachableRobots {
  kind: 'unreachable';
  /** Of the last try: `robots` where there was an answer. */
  verdict: FailureVerdict;
  error: OutcomeError;
  /** Tries in a row. */
  failures: number;
  /** Another try would end the same way. */
  isFinal?: true;
  /** By the engine's clock: nobody tries again before then. */
  retryAtMs: number;
}

export function formatRobots(record: RobotsRecord): string {
  return JSON.stringify(record);
}

/** What `formatRobots` wrote. Throws for anything else. */
export function parseRobots(text: string): RobotsRecord {
  return JSON.parse(text) as RobotsRecord;
}

/** True unless it is to be tried again by a run of so many retries. */
export function isSettled(record: RobotsRecord, retries: number): boolean {
  return record.kind !== 'unreachable' || record.isFinal === true || record.failures > retries;
}

/** How it stands with the tries for a robots.txt. */
interface RobotsTries {
  /** Those that failed before this one. */
  failures: number;
  /** By the engine's clock. */
  nowMs: number;
  /** How long to wait until the next try, should this one have failed. */
  waitMs: number;
}

/** What the answer to a request for robots.txt at `url` means (RFC 9309 section 2.3.1). */
export function robotsRecord(url: string, result: FetchEnd, tries: RobotsTries): RobotsRecord {
  if (result.kind === 'aborted') return brokenOffRecord(tries);
  return result.kind === 'failure' ? ofFailure(url, result, tries) : ofAnswer(url, result, tries);
}

/** Nobody knows any more than before: whoever asks next may try, at once. */
export function brokenOffRecord({ failures, nowMs }: Pick<RobotsTries, 'failures' | 'nowMs'>): UnreachableRobots {
  const error = { code: 'ABORTED', message: 'the request for robots.txt was interrupted' };
  return { kind: 'unreachable', verdict: 'robots', error, failures, retryAtMs: nowMs };
}

function ofFailure(
  url: string,
  { verdict, error, retryable, redirects }: FetchFailure,
  { failures, nowMs, waitMs }: RobotsTries,
): RobotsRecord {
  // More than five redirects may be taken for no robots.txt (section 2.3.1.2), as may one that leads to no URL.
  if (verdict === 'too-many-redirects' || error.code.endsWith('_REDIRECT')) return { kind: 'allow-all', why: error.message };
  return {
    kind: 'unreachable',
    // The private address is not that of the pages.
    verdict: verdict === 'private-address' && redirects !== undefined ? 'robots' : verdict,
    error: { code: error.code, message: `${url} cannot be fetched: ${error.message}` },
    failures: failures + 1,
    ...(!retryable && { isFinal: true }),
    retryAtMs: nowMs + waitMs,
  };
}

/**
 * Any 4xx is taken for no robots.txt, but for 429, as with Google: a server that asks for patience is not to be met with more requests. One that asks for more patience than
 * a run has is not tried again.
 */
function ofAnswer(url: string, response: FetchedResponse, { failures, nowMs, waitMs }: RobotsTries): RobotsRecord {
  const { status, retryAfterMs = 0, finalUrl = url } = response;
  if (status >= 200 && status < 300) return { kind: 'rules', url: finalUrl, body: bodyOf(response), atMs: nowMs };
  if (status < 500 && status !== 429) return { kind: 'allow-all', why: `it answers ${status}` };
  const error = {
    code: 'ROBOTS_UNREACHABLE',
    message: `${url} answers ${status}: without robots.txt, nothing on the host may be requested; --no-robots ignores it`,
  };
  return {
    kind: 'unreachable',
    verdict: 'robots',
    error,
    failures: failures + 1,
    ...(retryAfterMs > MAX_OBEYED_WAIT_MS && { isFinal: true }),
    retryAtMs: nowMs + Math.max(waitMs, retryAfterMs),
  };
}

/** Of a file that was cut, the whole lines: `Disallow: /` could be what is left of `Disallow: /private/`. */
function bodyOf({ content, truncated }: FetchedResponse): string {
  const body = content?.body.toString('latin1') ?? '';
  return truncated ? body.slice(0, Math.max(body.lastIndexOf('\n'), body.lastIndexOf('\r')) + 1) : body;
}

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
