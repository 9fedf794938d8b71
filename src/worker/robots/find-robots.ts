import { setTimeout as sleep } from 'node:timers/promises';
import type { Ending } from '../../engine/ending.ts';
import type { KnownRobots, Visit } from '../../engine/visit.ts';
import type { FetchRequest } from '../../fetch/fetch-request.ts';
import type { FailureVerdict, FetchResult, Shortage } from '../../fetch/fetch-result.ts';
import type { Fetcher } from '../../fetch/fetcher.ts';
import type { Chain } from '../../model/chain.ts';
import { type Entry, fromErrand, homeOf, movedTo } from '../../model/entry.ts';
import type { Log } from '../../model/log.ts';
import type { OutcomeError } from '../../model/outcome.ts';
import { namedHostOf } from '../../model/url/named-host.ts';
import { productToken } from '../../parse/robots/product-token.ts';
import { afterUnsent } from '../decide-ending.ts';
import { backoffMs } from '../retry-policy.ts';
import { OriginRules, type RulesOfOrigin } from './origin-rules.ts';
import { brokenOffRecord, formatRobots, isSettled, parseRobots, type RobotsRecord, robotsRecord, robotsRequest } from './robots-record.ts';

/** The longest time that RFC 9309 section 2.4 allows for a cached robots.txt. */
const KEPT_MS = 24 * 60 * 60_000;
/** After the last failed try, the robots.txt counts as unreachable for this long. Then it is tried again. */
const UNREACHABLE_KEPT_MS = 10 * 60_000;
/** How long a visit waits for a robots.txt that another visit or worker is fetching. */
const PATIENCE_MS = 250;
/** Polling interval while another worker fetches it. */
const POLL_MS = 25;
/** After that, the entry comes back when the search has taken twice as long as so far, but within these bounds. */
const NEXT_CHECK_MS = { min: 500, max: 5_000 };
const MAX_SEARCHED = 10_000;
/** Grace period: an entry that was assigned within this time after publication may predate the rules. */
const GRACE_MS = 1_000;

/** The entry for which a robots.txt is needed, and its visit. */
export interface RobotsSeeker {
  visit: Visit;
  origin: string;
  /** The host that the operator named, on which private addresses may be reached. */
  namedHost: string | undefined;
  /** The request for robots.txt uses this entry's turn at the origin. */
  entry: Entry;
}

/** The result of a search for a robots.txt. */
export type FoundRobots =
  | { kind: 'rules'; rules: RulesOfOrigin }
  /** Not known yet; ask again after `afterMs`. `unanswered`: the seeker's own request got no answer at all. */
  | { kind: 'later'; afterMs: number; unanswered?: true }
  /** The seeker may not request it (a private address). Others may. */
  | { kind: 'refused'; verdict: FailureVerdict; error: OutcomeError }
  /** It redirects to a URL that cannot be requested now: the seeker's entry requests it when its turn there comes. */
  | { kind: 'moved'; chain: Chain }
  /** The seeker's visit was aborted, or this machine lacks something that a request needs. */
  | { kind: 'broken-off'; shortage?: Shortage };

/**
 * Finds the robots.txt of origins and the rules in it. One of all workers fetches it and shares it with the others.
 * Visits of this process wait a moment for each other's search. If it takes longer, their entries are put off, so a
 * slow robots.txt does not block a slot.
 */
export class RobotsFinder {
  readonly #fetcher: Fetcher;
  readonly #random: () => number;
  readonly #rules: OriginRules;
  /** Searches in progress in this process, by product token and origin. */
  readonly #searches = new Map<string, Promise<FoundRobots>>();
  /** Start of each search that has not succeeded yet, by product token and origin. It outlives a single try. */
  readonly #searchingSinceMs = new Map<string, number>();

  constructor(fetcher: Fetcher, random: () => number, log: Log) {
    this.#fetcher = fetcher;
    this.#random = random;
    this.#rules = new OriginRules(log);
  }

  /** The rules if this process has them. Makes no request. */
  known(seeker: RobotsSeeker): RulesOfOrigin | undefined {
    return this.#rules.find(seeker.origin, tokenOf(seeker));
  }

  /**
   * Returns the rules, fetching robots.txt if this visit is the one to do so. Rejects with the errors of
   * `Fetcher.fetch` and of the engine.
   */
  async find(seeker: RobotsSeeker): Promise<FoundRobots> {
    const key = `${tokenOf(seeker)} ${seeker.origin}`;
    for (;;) {
      const rules = this.known(seeker);
      if (rules !== undefined) return { kind: 'rules', rules };
      const search = this.#searches.get(key);
      if (search === undefined) return this.#search(key, seeker);
      const searchedMs = this.#searchedMs(key);
      const found = searchedMs < PATIENCE_MS ? await within(search, PATIENCE_MS - searchedMs) : undefined;
      if (found === undefined) return later(nextCheckMs(this.#searchedMs(key)));
      if (found.kind === 'rules') return found;
      if (found.kind === 'later') return later(found.afterMs);
      // The other search ended for a reason of its own entry, or follows a redirect and may succeed soon: look again.
    }
  }

  async #search(key: string, seeker: RobotsSeeker): Promise<FoundRobots> {
    if (!this.#searchingSinceMs.has(key)) {
      // Cancelled runs leave some behind.
      if (this.#searchingSinceMs.size >= MAX_SEARCHED) this.#searchingSinceMs.clear();
      this.#searchingSinceMs.set(key, performance.now());
    }
    const search = this.#ask(key, seeker);
    this.#searches.set(key, search);
    try {
      const found = await search;
      if (found.kind !== 'later' && found.kind !== 'moved') this.#searchingSinceMs.delete(key);
      return found;
    } catch (error) {
      this.#searchingSinceMs.delete(key);
      throw error;
    } finally {
      this.#searches.delete(key);
    }
  }

  #searchedMs(key: string): number {
    const nowMs = performance.now();
    return nowMs - (this.#searchingSinceMs.get(key) ?? nowMs);
  }

  async #ask(key: string, seeker: RobotsSeeker): Promise<FoundRobots> {
    const { visit, origin } = seeker;
    for (let stale: string | undefined; ; ) {
      const answer = await visit.robots(origin, stale);
      if (answer.kind === 'yours') return this.#fetch(seeker, stale);
      if (answer.kind === 'theirs') {
        const searchedMs = this.#searchedMs(key);
        if (searchedMs >= PATIENCE_MS || visit.signal.aborted) return later(nextCheckMs(searchedMs));
        await sleep(POLL_MS);
        continue;
      }
      const record = parseRobots(answer.text);
      if (isSettled(record, visit.options.retries)) {
        const rules = this.#rules.learn(origin, tokenOf(seeker), record, performance.now() - sharedForMs(record, visit.nowMs()));
        return { kind: 'rules', rules };
      }
      const waitMs = record.kind === 'unreachable' ? record.retryAtMs - visit.nowMs() : 0;
      if (waitMs > 0) return later(waitMs);
      stale = answer.text;
    }
  }

  /** Fetches robots.txt for all workers, and shares the result with them, whatever it is. */
  async #fetch(seeker: RobotsSeeker, stale: string | undefined): Promise<FoundRobots> {
    const { visit, origin, entry } = seeker;
    const { options } = visit;
    const before = stale === undefined ? undefined : parseRobots(stale);
    const failures = before?.kind === 'unreachable' ? before.failures : 0;
    const letOthersTry = () => visit.keepRobots(origin, shared(brokenOffRecord({ failures, nowMs: visit.nowMs() }), 0));
    let result: FetchResult;
    try {
      result = await this.#request(seeker);
    } catch (error) {
      await letOthersTry();
      throw error;
    }
    const tries = { failures, nowMs: visit.nowMs(), waitMs: backoffMs(failures + 1, this.#random) };
    if (result.kind === 'moved') {
      const page = entry.chain === undefined ? {} : { page: entry.chain };
      return { kind: 'moved', chain: { ...result.chain, home: homeOf(entry), errand: { origin, failures, ...page } } };
    }
    const record = robotsRecord(`${origin}/robots.txt`, result, tries);
    if (result.kind === 'aborted') {
      await letOthersTry();
      return { kind: 'broken-off', ...(result.shortage && { shortage: result.shortage }) };
    }
    if (record.kind === 'unreachable' && record.verdict === 'private-address') {
      await letOthersTry();
      return { kind: 'refused', verdict: record.verdict, error: record.error };
    }
    if (record.kind === 'unreachable' && !isSettled(record, options.retries)) {
      await visit.keepRobots(origin, shared(record, 0));
      return { ...later(record.retryAtMs - visit.nowMs()), ...(record.verdict !== 'robots' && { unanswered: true }) };
    }
    const rules = this.#rules.learn(origin, tokenOf(seeker), record, performance.now());
    await visit.keepRobots(origin, shared(record, rules.crawlDelayMs));
    // The request for robots.txt counts as a request to the origin.
    if (rules.crawlDelayMs > 0) visit.started(entry, Math.max(options.hostIntervalMs, rules.crawlDelayMs));
    return { kind: 'rules', rules };
  }

  /**
   * For an entry that was moved to another origin to fetch a redirected robots.txt: requests it there, in the entry's
   * turn, and sends the entry back to its own origin.
   */
  async goOn(visit: Visit, entry: Entry, chain: Chain): Promise<Ending> {
    const { errand } = chain;
    if (errand === undefined) throw new Error(`${entry.url} was not moved for a robots.txt`);
    const { origin, failures } = errand;
    const seeker = { visit, origin, namedHost: namedHostOf(entry), entry };
    const result = await this.#request(seeker, { ...chain, home: origin });
    if (result.kind === 'aborted') {
      // This entry will not try again, so let another one try.
      if (result.shortage?.isFinal) await visit.keepRobots(origin, shared(brokenOffRecord({ failures, nowMs: visit.nowMs() }), 0));
      return brokenOff(visit, entry, result.shortage);
    }
    if (result.kind === 'moved') return { kind: 'moved', entry: movedTo(entry, { ...result.chain, home: chain.home, errand }) };
    const tries = { failures, nowMs: visit.nowMs(), waitMs: backoffMs(failures + 1, this.#random) };
    const record = robotsRecord(`${origin}/robots.txt`, result, tries);
    const isKnown = isSettled(record, visit.options.retries);
    const delayMs = isKnown ? this.#rules.learn(origin, tokenOf(seeker), record, performance.now()).crawlDelayMs : 0;
    if (isKnown) this.#searchingSinceMs.delete(`${tokenOf(seeker)} ${origin}`);
    await visit.keepRobots(origin, shared(record, delayMs));
    const isUnanswered = record.kind === 'unreachable' && record.verdict !== 'robots' && !visit.options.independent;
    return { kind: 'moved', entry: fromErrand(entry, errand), ...(isUnanswered && { unreachable: true }) };
  }

  /** @param chain the redirects so far */
  #request({ visit, origin, namedHost, entry }: RobotsSeeker, chain?: Chain): Promise<FetchResult> {
    const { hostIntervalMs } = visit.options;
    const request = robotsRequest(origin, visit.options, namedHost);
    const delayMs = this.#rules.find(entry.origin, productToken(visit.options.userAgent))?.crawlDelayMs ?? 0;
    const intervalMs = Math.max(hostIntervalMs, delayMs);
    const judgeRedirect: FetchRequest['judgeRedirect'] = (_, isSameOrigin) =>
      isSameOrigin && intervalMs === 0 && !visit.isHeld(entry.origin) ? 'follow' : 'move';
    const timeLeftMs = request.options.timeoutMs - (chain?.usedMs ?? 0);
    const onSent = () => visit.started(entry, intervalMs);
    return this.#fetcher.fetch({ ...request, chain, timeLeftMs, onSent, judgeRedirect }, visit.signal);
  }
}

/**
 * The ending of an entry whose request for a robots.txt was aborted: it goes back, or gets an outcome if the shortage
 * has lasted too long.
 */
export function brokenOff(visit: Visit, entry: Entry, shortage: Shortage | undefined): Ending {
  return afterUnsent(entry, shortage, visit.options, { run: visit.run, nowMs: visit.nowMs() });
}

function tokenOf({ visit }: RobotsSeeker): string {
  return productToken(visit.options.userAgent);
}

/** The form in which it is shared with other workers. */
function shared(record: RobotsRecord, intervalMs: number) {
  return { text: formatRobots(record), keepMs: record.kind === 'unreachable' ? UNREACHABLE_KEPT_MS : KEPT_MS, intervalMs };
}

/** Shared for an origin when the worker that was to fetch its robots.txt is gone, so that another one may fetch it. */
export function abandonedRobots(nowMs: number): KnownRobots {
  return shared(brokenOffRecord({ failures: 0, nowMs }), 0);
}

/** How long, at least, all workers have known it, in milliseconds. */
function sharedForMs(record: RobotsRecord, nowMs: number): number {
  return record.kind === 'rules' ? Math.max(0, nowMs - record.atMs - GRACE_MS) : 0;
}

function later(afterMs: number): Extract<FoundRobots, { kind: 'later' }> {
  return { kind: 'later', afterMs: Math.max(1, Math.ceil(afterMs)) };
}

function nextCheckMs(searchedMs: number): number {
  return Math.min(NEXT_CHECK_MS.max, Math.max(NEXT_CHECK_MS.min, searchedMs));
}

/**
 * The result of another visit's search, or undefined if it takes longer than `ms`. An error of that search is reported
 * to the other visit only.
 */
async function within(search: Promise<FoundRobots>, ms: number): Promise<FoundRobots | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([search.catch((): FoundRobots => ({ kind: 'broken-off' })), over]);
  } finally {
    clearTimeout(timer);
  }
}
