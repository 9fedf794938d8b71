import { ROBOTS_LEASE_MS } from '../../engine/visit.ts';
import type { FailureVerdict, FetchEnd, FetchedResponse, FetchFailure } from '../../fetch/fetch-result.ts';
import type { WholeRequest } from '../../fetch/fetcher.ts';
import type { OutcomeError } from '../../model/outcome.ts';
import type { RunOptions } from '../../model/run-options.ts';
import { MAX_ROBOTS_BYTES } from '../../parse/robots/robots-lines.ts';
import { MAX_OBEYED_WAIT_MS } from '../retry-policy.ts';

/** An origin's robots.txt, as workers share it. */
export type RobotsRecord =
  /**
   * Each byte of `body` is one character, so that invalid UTF-8 survives. `url` is its URL after redirects. `atMs` is
   * when it was fetched, by the engine's clock.
   */
  | { kind: 'rules'; url: string; body: string; atMs: number }
  /** There is none, so everything is allowed (RFC 9309 section 2.3.1.3). */
  | { kind: 'allow-all'; why: string }
  | UnreachableRobots;

/** It cannot be fetched, so nothing is allowed (RFC 9309 section 2.3.1.4). */
export interface UnreachableRobots {
  kind: 'unreachable';
  /** Verdict of the last try; `robots` if there was an answer. */
  verdict: FailureVerdict;
  error: OutcomeError;
  /** Failed tries in a row. */
  failures: number;
  /** Another try would end the same way. */
  isFinal?: true;
  /** The earliest time of the next try, by the engine's clock. */
  retryAtMs: number;
}

export function formatRobots(record: RobotsRecord): string {
  return JSON.stringify(record);
}

/** Parses the text of `formatRobots`. Throws for anything else. */
export function parseRobots(text: string): RobotsRecord {
  return JSON.parse(text) as RobotsRecord;
}

/** False if a run with this many retries should try again. */
export function isSettled(record: RobotsRecord, retries: number): boolean {
  return record.kind !== 'unreachable' || record.isFinal === true || record.failures > retries;
}

/** The state of the tries for a robots.txt. */
interface RobotsTries {
  /** Failed tries before this one. */
  failures: number;
  /** The time now, by the engine's clock. */
  nowMs: number;
  /** How long to wait before the next try if this one failed. */
  waitMs: number;
}

/** Interprets the result of a request for robots.txt at `url` (RFC 9309 section 2.3.1). */
export function robotsRecord(url: string, result: FetchEnd, tries: RobotsTries): RobotsRecord {
  if (result.kind === 'aborted') return brokenOffRecord(tries);
  return result.kind === 'failure' ? recordOfFailure(url, result, tries) : recordOfResponse(url, result, tries);
}

/** The record of an aborted try: it does not count as a failure, and the next seeker may try at once. */
export function brokenOffRecord({ failures, nowMs }: Pick<RobotsTries, 'failures' | 'nowMs'>): UnreachableRobots {
  const error = { code: 'ABORTED', message: 'the request for robots.txt was interrupted' };
  return { kind: 'unreachable', verdict: 'robots', error, failures, retryAtMs: nowMs };
}

function recordOfFailure(
  url: string,
  { verdict, error, retryable, redirects }: FetchFailure,
  { failures, nowMs, waitMs }: RobotsTries,
): RobotsRecord {
  // More than five redirects may be treated as no robots.txt (section 2.3.1.2). So may a redirect to an invalid URL.
  if (verdict === 'too-many-redirects' || error.code.endsWith('_REDIRECT')) return { kind: 'allow-all', why: error.message };
  return {
    kind: 'unreachable',
    // The private address belongs to the redirect's target, not to the pages.
    verdict: verdict === 'private-address' && redirects !== undefined ? 'robots' : verdict,
    error: { code: error.code, message: `${url} cannot be fetched: ${error.message}` },
    failures: failures + 1,
    ...(!retryable && { isFinal: true }),
    retryAtMs: nowMs + waitMs,
  };
}

/**
 * Any 4xx except 429 means that there is no robots.txt. 429 means unreachable, as it does for Google: a server that
 * asks for patience should not get more requests. If it asks for more patience than a run has, it is not tried again.
 */
function recordOfResponse(url: string, response: FetchedResponse, { failures, nowMs, waitMs }: RobotsTries): RobotsRecord {
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

/**
 * The body as one character per byte. Drops the incomplete last line of a truncated file: `Disallow: /` could be the
 * beginning of `Disallow: /private/`.
 */
function bodyOf({ content, truncated }: FetchedResponse): string {
  const body = content?.body.toString('latin1') ?? '';
  return truncated ? body.slice(0, Math.max(body.lastIndexOf('\n'), body.lastIndexOf('\r')) + 1) : body;
}

/** Maximum of redirects (RFC 9309 section 2.3.1.2). */
const MAX_REDIRECTS = 5;
/** Timeout of the request: it ends, with time to share the result, before the lease of this worker does. */
const MAX_MS = ROBOTS_LEASE_MS - 5_000;

/** The request for the robots.txt of an origin, with the run's request options. */
export function robotsRequest(origin: string, options: RunOptions, namedHost: string | undefined): WholeRequest {
  return { url: `${origin}/robots.txt`, method: 'GET', options: robotsOptions(options), keepContent: true, namedHost };
}

const ROBOTS_OPTIONS = new WeakMap<RunOptions, RunOptions>();

/** Returns the same object each time, because the fetcher caches by options object. */
function robotsOptions(options: RunOptions): RunOptions {
  let robots = ROBOTS_OPTIONS.get(options);
  if (robots === undefined) {
    robots = { ...options, maxRedirects: MAX_REDIRECTS, maxBodyBytes: MAX_ROBOTS_BYTES, timeoutMs: Math.min(options.timeoutMs, MAX_MS) };
    ROBOTS_OPTIONS.set(options, robots);
  }
  return robots;
}
