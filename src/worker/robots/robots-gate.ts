import type { Ending } from '../../engine/ending.ts';
import type { Visit } from '../../engine/visit.ts';
import type { RedirectRefusal } from '../../fetch/fetch-request.ts';
import type { FailureVerdict, FetchFailure } from '../../fetch/fetch-result.ts';
import type { Fetcher } from '../../fetch/fetcher.ts';
import type { Chain } from '../../model/chain.ts';
import { type Entry, movedTo, pageChain } from '../../model/entry.ts';
import type { Log } from '../../model/log.ts';
import type { OutcomeError } from '../../model/outcome.ts';
import { unpermittedOutcome } from '../../model/unfetched-outcome.ts';
import { httpInstead } from '../../model/url/bare-scheme.ts';
import { requestTarget } from '../../model/url/canonical-url.ts';
import { namedHostOf } from '../../model/url/named-host.ts';
import { brokenOff, type FoundRobots, RobotsFinder, type RobotsSeeker } from './find-robots.ts';
import type { RulesOfOrigin } from './origin-rules.ts';

/** What robots.txt says about an entry. */
export type Permit =
  /**
   * It may be fetched. `intervalMs`: minimum time to the next request to its origin. `refusal`: why a redirect within
   * the origin may not be followed.
   */
  | { kind: 'go'; intervalMs: number; refusal?: (to: URL) => RedirectRefusal | undefined }
  /** Redirects have led to a URL that may not be requested. */
  | { kind: 'stopped'; failure: FetchFailure }
  /** It is not fetched now, or never. */
  | { kind: 'ending'; ending: Ending };

/**
 * Lets entries through that robots.txt allows (RFC 9309). A robots.txt that cannot be fetched is tried as often as a
 * page would be. After that, no URL of its origin is requested, and each gets the error of robots.txt as its outcome.
 */
export class RobotsGate {
  readonly #finder: RobotsFinder;

  constructor(fetcher: Fetcher, random: () => number, log: Log) {
    this.#finder = new RobotsFinder(fetcher, random, log);
  }

  /** @param begunMs when the entry's visit began, by this process's monotonic clock */
  async permit(visit: Visit, entry: Entry, begunMs: number): Promise<Permit> {
    if (entry.chain?.errand !== undefined) return { kind: 'ending', ending: await this.#finder.goOn(visit, entry, entry.chain) };
    const { origin } = entry;
    const namedHost = namedHostOf(entry);
    const seeker: RobotsSeeker = { visit, origin, namedHost, entry };
    const known = this.#finder.known(seeker);
    const found: FoundRobots = known === undefined ? await this.#finder.find(seeker) : { kind: 'rules', rules: known };
    if (found.kind === 'refused') return unpermitted(visit, entry, found.verdict, found.error);
    if (found.kind !== 'rules') return { kind: 'ending', ending: withoutRules(visit, entry, found) };
    const { rules } = found;
    if (rules.unreachable !== undefined) return unreachable(visit, entry, rules.unreachable);
    const refusal = rules.refusal(pathOf(entry));
    if (refusal !== undefined) return unpermitted(visit, entry, 'robots', refusal);
    const intervalMs = Math.max(visit.options.hostIntervalMs, rules.crawlDelayMs);
    // The entry was checked out before the interval was known, or the request for robots.txt has just been sent.
    if (intervalMs > 0 && rules.sinceMs > begunMs) return { kind: 'ending', ending: { kind: 'back' } };
    return { kind: 'go', intervalMs, refusal: (to) => refusalOfRedirect(rules, to) };
  }
}

/**
 * Path and query of the next request. If `url` has credentials, it does not begin with the origin and needs parsing.
 */
function pathOf({ chain, url: own, origin }: Entry): string {
  const url = chain?.url ?? own;
  if (chain === undefined && url.startsWith(`${origin}/`)) return url.slice(origin.length);
  return requestTarget(new URL(url));
}

function refusalOfRedirect(rules: RulesOfOrigin, to: URL): RedirectRefusal | undefined {
  const error = rules.refusal(requestTarget(to));
  return error && { verdict: rules.unreachable?.verdict ?? 'robots', error, retryable: false };
}

function withoutRules(visit: Visit, entry: Entry, found: Exclude<FoundRobots, { kind: 'rules' | 'refused' }>): Ending {
  if (found.kind === 'broken-off') return brokenOff(visit, entry, found.shortage);
  if (found.kind === 'moved') return { kind: 'moved', entry: movedTo(entry, found.chain) };
  const { afterMs, unanswered } = found;
  const again = { kind: 'retry' as const, afterMs, entry };
  return unanswered && !visit.options.independent ? { ...again, unreachable: true } : { ...again, unfetched: true };
}

/** robots.txt cannot be fetched, and there are no more tries: its error becomes the entry's outcome. */
function unreachable(visit: Visit, entry: Entry, { verdict, error, failures }: NonNullable<RulesOfOrigin['unreachable']>): Permit {
  if (visit.options.scheme === 'auto') {
    const chain = httpInstead(entry, { verdict, error, requests: 0, finishedAtMs: visit.nowMs() });
    if (chain !== undefined) return { kind: 'ending', ending: { kind: 'moved', entry: movedTo(entry, chain) } };
  }
  const permit = unpermitted(visit, { ...entry, attempts: failures }, verdict, error);
  if (permit.kind === 'stopped' || verdict === 'robots' || visit.options.independent) return permit;
  return { kind: 'ending', ending: { ...permit.ending, unreachable: true } };
}

type Unpermitted = { kind: 'ending'; ending: Extract<Ending, { kind: 'outcome' }> } | Extract<Permit, { kind: 'stopped' }>;

function unpermitted(visit: Visit, entry: Entry, verdict: FailureVerdict, error: OutcomeError): Unpermitted {
  const chain = pageChain(entry);
  if (chain !== undefined) return { kind: 'stopped', failure: stoppedAt(chain, verdict, error, visit.nowMs()) };
  const outcome = unpermittedOutcome(visit.run, entry, visit.options, verdict, error, visit.nowMs());
  return { kind: 'ending', ending: { kind: 'outcome', outcome } };
}

/** The result of a fetch whose last redirect is not followed. */
function stoppedAt(chain: Chain, verdict: FailureVerdict, error: OutcomeError, wallMs: number): FetchFailure {
  const { url, redirects, requests, startedAtMs, usedMs } = chain;
  const failure: FetchFailure = {
    kind: 'failure',
    verdict,
    error,
    retryable: false,
    finalUrl: url,
    redirects: [...redirects],
    requests,
    startedAtMs,
    finishedAtMs: wallMs,
    latencyMs: usedMs,
    timings: {},
  };
  const status = redirects.at(-1)?.status;
  if (status !== undefined) failure.status = status;
  return failure;
}
