import type { OutcomeError } from '../core/outcome.ts';
import { MAX_OBEYED_WAIT_MS } from '../core/retry-policy.ts';
import type { FailureVerdict, FetchResult } from '../fetch/fetch-result.ts';

/** What the workers tell one another of an origin's robots.txt. */
export type RobotsRecord =
  /** Each octet of `body` is a character, so that what is no UTF-8 is read as it came; `url` is where it was found, after redirects. */
  | { kind: 'rules'; url: string; body: string }
  /** There is none (RFC 9309 section 2.3.1.3). */
  | { kind: 'allow-all'; status: number }
  | UnreachableRobots;

/** It may not be known what is allowed, so that nothing is (RFC 9309 section 2.3.1.4). */
export interface UnreachableRobots {
  kind: 'unreachable';
  /** Of the last try: `robots` where there was an answer. */
  verdict: FailureVerdict;
  error: OutcomeError;
  /** Tries in a row. */
  failures: number;
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

/** What the answer to a request for robots.txt at `url` means. `waitMs` is how long to wait until the next try, should it have failed. */
export function robotsRecord(url: string, result: FetchResult, failures: number, nowMs: number, waitMs: number): RobotsRecord {
  if (result.kind === 'aborted') {
    const error = { code: 'ABORTED', message: 'the request for robots.txt was broken off' };
    return { kind: 'unreachable', verdict: 'robots', error, failures, retryAtMs: nowMs };
  }
  if (result.kind === 'failure') {
    // More than five redirects may be taken for no robots.txt (section 2.3.1.2), as may one that leads to no URL.
    if (result.verdict === 'too-many-redirects' || result.error.code.endsWith('_REDIRECT'))
      return { kind: 'allow-all', status: result.status ?? 0 };
    const error = { code: result.error.code, message: `${url} cannot be fetched: ${result.error.message}` };
    return { kind: 'unreachable', verdict: result.verdict, error, failures: failures + 1, retryAtMs: nowMs + waitMs };
  }
  const { status, content, retryAfterMs = 0, finalUrl = url } = result;
  if (status >= 200 && status < 300) return { kind: 'rules', url: finalUrl, body: content?.body.toString('latin1') ?? '' };
  if (status < 500 && status !== 429) return { kind: 'allow-all', status };
  const error = {
    code: 'ROBOTS_UNREACHABLE',
    message: `${url} answers ${status}: without it nothing of its host may be requested; --no-robots does not ask`,
  };
  const askedMs = Math.min(retryAfterMs, MAX_OBEYED_WAIT_MS);
  return { kind: 'unreachable', verdict: 'robots', error, failures: failures + 1, retryAtMs: nowMs + Math.max(waitMs, askedMs) };
}
