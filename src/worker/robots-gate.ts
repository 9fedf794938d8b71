import { setTimeout as sleep } from 'node:timers/promises';
import type { Entry } from '../core/entry.ts';
import type { Log } from '../core/log.ts';
import { namedHostOf } from '../core/named-host.ts';
import type { OutcomeError } from '../core/outcome.ts';
import { shortageOutcome, unpermittedOutcome } from '../core/unfetched-outcome.ts';
import type { Ending, Visit } from '../engine/engine.ts';
import type { RedirectRefusal } from '../fetch/fetch-request.ts';
import type { FailureVerdict, Shortage } from '../fetch/fetch-result.ts';
import type { Fetcher } from '../fetch/fetcher.ts';
import { type FoundRobots, RobotsFinder, type RobotsSeeker } from './find-robots.ts';
import type { RulesOfOrigin } from './origin-rules.ts';

/** What robots.txt says of an entry. */
export type Permit =
  /** It may be fetched; `intervalMs` is the least time to the next request to its origin. */
  | { kind: 'go'; intervalMs: number; refuseRedirect?: (to: URL) => Promise<RedirectRefusal | undefined> | RedirectRefusal | undefined }
  /** It is not fetched, now or at all. */
  | { kind: 'ending'; ending: Ending };

/**
 * Lets those entries through that robots.txt allows (RFC 9309). One that cannot be fetched is tried as often as a page would be; then what it would have ruled over is not
 * requested, and shares its outcome.
 */
export class RobotsGate {
  readonly #finder: RobotsFinder;

  constructor(fetcher: Fetcher, random: () => number, log: Log) {
    this.#finder = new RobotsFinder(fetcher, random, log);
  }

  /** @param begunMs when the entry's visit began, by this process's monotonic clock */
  async permit(visit: Visit, entry: Entry, begunMs: number): Promise<Permit> {
    const { origin } = entry;
    const namedHost = namedHostOf(entry);
    const seeker: RobotsSeeker = { visit, origin, namedHost, entry };
    const known = this.#finder.known(seeker);
    const found: FoundRobots = known === undefined ? await this.#finder.find(seeker) : { kind: 'rules', rules: known };
    if (found.kind !== 'rules') return { kind: 'ending', ending: withoutRules(visit, entry, found) };
    const { rules } = found;
    if (rules.unreachable !== undefined) return { kind: 'ending', ending: unreachable(visit, entry, rules.unreachable) };
    const refusal = rules.refusal(pathOf(entry));
    if (refusal !== undefined) return { kind: 'ending', ending: unpermitted(visit, entry, 'robots', refusal) };
    const intervalMs = Math.max(visit.options.hostIntervalMs, rules.crawlDelayMs);
    // It was checked out before the interval was known, or the request for robots.txt has just been sent.
    if (intervalMs > 0 && rules.sinceMs > begunMs) return { kind: 'ending', ending: { kind: 'back' } };
    return { kind: 'go', intervalMs, refuseRedirect: (to) => this.#refuseRedirect({ visit, origin: to.origin, namedHost }, to) };
  }

  /** Of an origin that was not visited yet, the redirect waits for the rules as it would for the page: so what becomes of it does not depend on who knew them. */
  #refuseRedirect(seeker: RobotsSeeker, to: URL): Promise<RedirectRefusal | undefined> | RedirectRefusal | undefined {
    const rules = this.#finder.known(seeker);
    return rules === undefined ? this.#lookUp(seeker, to) : refusalOfRedirect(rules, to);
  }

  async #lookUp(seeker: RobotsSeeker, to: URL): Promise<RedirectRefusal | undefined> {
    const { signal, options } = seeker.visit;
    const untilMs = performance.now() + options.timeoutMs;
    for (;;) {
      const found = await this.#finder.find(seeker);
      if (found.kind === 'rules') return refusalOfRedirect(found.rules, to);
      if (found.kind === 'refused') return { verdict: found.verdict, error: found.error, retryable: false };
      // Not followed without the rules: the fetch is broken off, and its entry goes back.
      if (found.kind === 'broken-off' && found.shortage !== undefined) throw new Error(found.shortage.message);
      // Nobody waits for the answer any more.
      if (found.kind === 'broken-off' || signal.aborted || performance.now() > untilMs) return undefined;
      await sleep(found.afterMs, undefined, { signal }).catch(() => {});
    }
  }
}

/** With its query. The URL may have credentials in front, which the origin has not. */
function pathOf({ url, origin }: Entry): string {
  if (url.startsWith(`${origin}/`)) return url.slice(origin.length);
  const { pathname, search } = new URL(url);
  return pathname + search;
}

function refusalOfRedirect(rules: RulesOfOrigin, to: URL): RedirectRefusal | undefined {
  const error = rules.refusal(to.pathname + to.search);
  return error && { verdict: rules.unreachable?.verdict ?? 'robots', error, retryable: false };
}

function withoutRules(visit: Visit, entry: Entry, found: Exclude<FoundRobots, { kind: 'rules' }>): Ending {
  if (found.kind === 'broken-off') return brokenOff(visit, entry, found.shortage);
  if (found.kind === 'refused') return unpermitted(visit, entry, found.verdict, found.error);
  const { afterMs, unanswered } = found;
  const again = { kind: 'retry' as const, afterMs, entry };
  return unanswered && !visit.options.independent ? { ...again, unreachable: true } : { ...again, unfetched: true };
}

function brokenOff(visit: Visit, entry: Entry, shortage: Shortage | undefined): Ending {
  if (!shortage?.isFinal) return { kind: 'back' };
  const { code, message } = shortage;
  return { kind: 'outcome', outcome: shortageOutcome(visit.run, entry, visit.options, { code, message }, visit.nowMs()) };
}

/** No answer, and no more tries: its URLs share the outcome. */
function unreachable(visit: Visit, entry: Entry, { verdict, error, failures }: NonNullable<RulesOfOrigin['unreachable']>): Ending {
  const ending = unpermitted(visit, { ...entry, attempts: failures }, verdict, error);
  return verdict === 'robots' || visit.options.independent ? ending : { ...ending, unreachable: true };
}

function unpermitted(visit: Visit, entry: Entry, verdict: FailureVerdict, error: OutcomeError): Extract<Ending, { kind: 'outcome' }> {
  return { kind: 'outcome', outcome: unpermittedOutcome(visit.run, entry, visit.options, verdict, error, visit.nowMs()) };
}
