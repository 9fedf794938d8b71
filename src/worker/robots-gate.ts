import type { Entry } from '../core/entry.ts';
import type { Log } from '../core/log.ts';
import type { OutcomeError } from '../core/outcome.ts';
import { backoffMs } from '../core/retry-policy.ts';
import { unpermittedOutcome } from '../core/unfetched-outcome.ts';
import type { Ending, Visit } from '../engine/engine.ts';
import type { FetchRequest } from '../fetch/fetch-request.ts';
import type { Fetcher } from '../fetch/fetcher.ts';
import { productToken } from '../robots/product-token.ts';
import { hostOf } from './host-of.ts';
import { OriginRules } from './origin-rules.ts';
import { formatRobots, parseRobots, robotsRecord, type UnreachableRobots } from './robots-record.ts';
import { robotsRequest } from './robots-request.ts';

/** RFC 9309 section 2.4: not longer. */
const KEPT_MS = 24 * 60 * 60_000;
/** What could not be fetched, however often it was tried, is tried anew after so long. */
const UNREACHABLE_KEPT_MS = 10 * 60_000;
/** A visit waits so long for a robots.txt that another fetches; then its entry waits in its stead. */
const PATIENCE_MS = 250;
/** How often a visit asks whether a worker elsewhere has it. */
const LOOK_MS = 25;
/** An entry that waits for a robots.txt comes again after so long. */
const AGAIN_MS = 500;

/** What robots.txt says of an entry. */
export type Permit =
  /** It may be fetched; `intervalMs` is the least time to the next request to its origin. */
  | { kind: 'go'; intervalMs: number; refuseRedirect?: (to: URL) => OutcomeError | undefined }
  /** It is not fetched, now or at all. */
  | { kind: 'ending'; ending: Ending };

/**
 * Lets those entries through that robots.txt allows (RFC 9309). The first visit that meets an origin fetches its robots.txt, for all workers; others wait for it, a moment in place and then
 * in their backlogs. One that cannot be fetched is tried as often as a page would be; then what it would have ruled over is not requested, and shares its outcome.
 */
export class RobotsGate {
  readonly #fetcher: Fetcher;
  readonly #random: () => number;
  readonly #rules: OriginRules;
  /** What this process is finding out. */
  readonly #learning = new Map<string, Promise<Ending | undefined>>();

  constructor(fetcher: Fetcher, random: () => number, log: Log) {
    this.#fetcher = fetcher;
    this.#random = random;
    this.#rules = new OriginRules(log);
  }

  /** @param begunMs when the entry's visit began, by this process's monotonic clock */
  async permit(visit: Visit, entry: Entry, begunMs: number): Promise<Permit> {
    const token = productToken(visit.options.userAgent);
    let rules = this.#rules.find(entry.origin, token);
    while (rules === undefined) {
      const ending = await this.#learn(visit, entry, token);
      if (ending !== undefined) return { kind: 'ending', ending };
      rules = this.#rules.find(entry.origin, token);
    }
    if (rules.unreachable !== undefined) return { kind: 'ending', ending: unreachable(visit, entry, rules.unreachable) };
    const intervalMs = Math.max(visit.options.hostIntervalMs, rules.crawlDelayMs);
    // It was checked out before the interval was known, or the request for robots.txt has just been sent.
    if (intervalMs > 0 && rules.learnedAtMs > begunMs) return { kind: 'ending', ending: { kind: 'back' } };
    const refusal = rules.refusal(entry.url.slice(entry.origin.length));
    if (refusal !== undefined) return { kind: 'ending', ending: unpermitted(visit, entry, 'robots', refusal) };
    return { kind: 'go', intervalMs, refuseRedirect: (to) => this.#rules.find(to.origin, token)?.refusal(to.pathname + to.search) };
  }

  /** Resolves when the origin's rules are known to this process, or to how the entry leaves its visit instead. */
  async #learn(visit: Visit, entry: Entry, token: string): Promise<Ending | undefined> {
    const { origin } = entry;
    const learning = this.#learning.get(origin);
    if (learning !== undefined) {
      const isOver = await Promise.race([learning.then(() => true), sleep(PATIENCE_MS).then(() => false)]);
      return isOver && this.#rules.find(origin, token) !== undefined ? undefined : again(entry, AGAIN_MS);
    }
    const asking = this.#ask(visit, entry, token).finally(() => this.#learning.delete(origin));
    this.#learning.set(origin, asking);
    return asking;
  }

  async #ask(visit: Visit, entry: Entry, token: string): Promise<Ending | undefined> {
    const untilMs = performance.now() + PATIENCE_MS;
    for (let stale: string | undefined; ; ) {
      const answer = await visit.robots(entry.origin, stale);
      if (answer.kind === 'yours') return this.#fetch(visit, entry, token, stale);
      if (answer.kind === 'theirs') {
        if (performance.now() >= untilMs || visit.signal.aborted) return again(entry, AGAIN_MS);
        await sleep(LOOK_MS);
        continue;
      }
      const record = parseRobots(answer.text);
      if (record.kind !== 'unreachable' || record.failures > visit.options.retries) {
        this.#rules.learn(entry.origin, token, record);
        return undefined;
      }
      const waitMs = record.retryAtMs - visit.nowMs();
      if (waitMs > 0) return again(entry, waitMs);
      stale = answer.text;
    }
  }

  async #fetch(visit: Visit, entry: Entry, token: string, stale: string | undefined): Promise<Ending | undefined> {
    const { options } = visit;
    const { origin } = entry;
    const before = stale === undefined ? undefined : parseRobots(stale);
    const failures = before?.kind === 'unreachable' ? before.failures : 0;
    const request = this.#request(visit, entry);
    const result = await this.#fetcher.fetch(request, visit.signal);
    const record = robotsRecord(request.url, result, failures, visit.nowMs(), backoffMs(failures + 1, this.#random));
    const isOver = record.kind !== 'unreachable' || record.failures > options.retries;
    const crawlDelayMs = isOver ? this.#rules.learn(origin, token, record).crawlDelayMs : 0;
    const keepMs = record.kind === 'unreachable' ? UNREACHABLE_KEPT_MS : KEPT_MS;
    await visit.keepRobots(origin, { text: formatRobots(record), keepMs, intervalMs: crawlDelayMs });
    if (result.kind === 'aborted') return { kind: 'back' };
    if (isOver || record.kind !== 'unreachable') return undefined;
    const { unfetched: _, ...ending } = again(entry, record.retryAtMs - visit.nowMs());
    return record.verdict === 'robots' || options.independent ? again(entry, ending.afterMs) : { ...ending, unreachable: true };
  }

  #request(visit: Visit, entry: Entry): FetchRequest {
    const { options } = visit;
    const request = robotsRequest(entry.origin, options, entry.depth === 0 || entry.hostNamed ? hostOf(entry.origin) : undefined);
    return options.hostIntervalMs > 0 ? { ...request, onSent: () => visit.started(entry, options.hostIntervalMs) } : request;
  }
}

/** No answer, and no more tries: its URLs share the outcome. */
function unreachable(visit: Visit, entry: Entry, { verdict, error, failures }: UnreachableRobots): Ending {
  const ending = unpermitted(visit, { ...entry, attempts: failures }, verdict, error);
  return verdict === 'robots' || visit.options.independent ? ending : { ...ending, unreachable: true };
}

function unpermitted(
  visit: Visit,
  entry: Entry,
  verdict: UnreachableRobots['verdict'],
  error: OutcomeError,
): Extract<Ending, { kind: 'outcome' }> {
  return { kind: 'outcome', outcome: unpermittedOutcome(visit.run, entry, visit.options, verdict, error, visit.nowMs()) };
}

function again(entry: Entry, afterMs: number): Extract<Ending, { kind: 'retry' }> {
  return { kind: 'retry', afterMs: Math.max(1, Math.ceil(afterMs)), entry, unfetched: true };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
