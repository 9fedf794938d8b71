import { setTimeout as sleep } from 'node:timers/promises';
import type { Ending, KnownRobots, Visit } from '../../engine/engine.ts';
import type { FetchRequest } from '../../fetch/fetch-request.ts';
import type { FailureVerdict, FetchResult, Shortage } from '../../fetch/fetch-result.ts';
import type { Fetcher } from '../../fetch/fetcher.ts';
import type { Chain } from '../../model/chain.ts';
import { type Entry, fromErrand, homeOf, movedTo } from '../../model/entry.ts';
import type { Log } from '../../model/log.ts';
import type { OutcomeError } from '../../model/outcome.ts';
import { shortageOutcome } from '../../model/unfetched-outcome.ts';
import { namedHostOf } from '../../model/url/named-host.ts';
import { productToken } from '../../parse/robots/product-token.ts';
import { backoffMs } from '../retry-policy.ts';
import { OriginRules, type RulesOfOrigin } from './origin-rules.ts';
import { brokenOffRecord, formatRobots, isSettled, parseRobots, type RobotsRecord, robotsRecord, robotsRequest } from './robots-record.ts';

/** RFC 9309 section 2.4: not longer. */
const KEPT_MS = 24 * 60 * 60_000;
/** What could not be fetched, however often it was tried, is tried anew after so long. */
const UNREACHABLE_KEPT_MS = 10 * 60_000;
/** In a visit, so long is waited for a robots.txt that others fetch. */
const PATIENCE_MS = 250;
/** How often a visit asks whether a worker elsewhere has it. */
const LOOK_MS = 25;
/** After that it is looked for again when it has been sought for twice as long, but not sooner or later than this. */
const AGAIN_MS = { least: 500, most: 5_000 };
const MOST_SOUGHT = 10_000;
/** Who is told so soon after it was written down may have been given its entry by one who did not know it yet. */
const TOLD_MS = 1_000;

/** For whose sake a robots.txt is looked for. */
export interface RobotsSeeker {
  visit: Visit;
  origin: string;
  /** The host that the operator named, on which private addresses may be reached. */
  namedHost: string | undefined;
  /** Its turn at the origin was taken for this. */
  entry: Entry;
}

/** What comes of looking for a robots.txt. */
export type FoundRobots =
  | { kind: 'rules'; rules: RulesOfOrigin }
  /** Nobody knows yet. `unanswered`: the seeker's own request for it got no answer at all. */
  | { kind: 'later'; afterMs: number; unanswered?: true }
  /** The seeker may not have it, which means nothing to others. */
  | { kind: 'refused'; verdict: FailureVerdict; error: OutcomeError }
  /** Redirects lead to a request that is not made now: the seeker's entry is to make it when its turn comes. */
  | { kind: 'moved'; chain: Chain }
  /** The seeker's visit was broken off, or this machine has nothing left to ask with. */
  | { kind: 'broken-off'; shortage?: Shortage };

/**
 * Finds the robots.txt of origins, and what follows from it. Of all workers one fetches it, and tells the rest. Those of this process wait for each other a moment in place; a
 * robots.txt that takes longer holds nobody up who has other things to do.
 */
export class RobotsFinder {
  readonly #fetcher: Fetcher;
  readonly #random: () => number;
  readonly #rules: OriginRules;
  /** What this process is finding out. */
  readonly #searches = new Map<string, Promise<FoundRobots>>();
  /** Since when it has been sought in vain. */
  readonly #soughtSinceMs = new Map<string, number>();

  constructor(fetcher: Fetcher, random: () => number, log: Log) {
    this.#fetcher = fetcher;
    this.#random = random;
    this.#rules = new OriginRules(log);
  }

  /** What is at hand: no request is made. */
  known(seeker: RobotsSeeker): RulesOfOrigin | undefined {
    return this.#rules.find(seeker.origin, tokenOf(seeker));
  }

  /** Rejects with what `Fetcher.fetch` and the engine reject with. */
  async find(seeker: RobotsSeeker): Promise<FoundRobots> {
    const key = `${tokenOf(seeker)} ${seeker.origin}`;
    for (;;) {
      const rules = this.known(seeker);
      if (rules !== undefined) return { kind: 'rules', rules };
      const search = this.#searches.get(key);
      if (search === undefined) return this.#search(key, seeker);
      const soughtMs = this.#soughtMs(key);
      const found = soughtMs < PATIENCE_MS ? await within(search, PATIENCE_MS - soughtMs) : undefined;
      if (found === undefined) return later(againMs(this.#soughtMs(key)));
      if (found.kind === 'rules') return found;
      if (found.kind === 'later') return later(found.afterMs);
      // What stopped the other is its own affair, and if it moved on, the text may come soon.
    }
  }

  async #search(key: string, seeker: RobotsSeeker): Promise<FoundRobots> {
    if (!this.#soughtSinceMs.has(key)) {
      // Of runs that were cancelled some stay.
      if (this.#soughtSinceMs.size >= MOST_SOUGHT) this.#soughtSinceMs.clear();
      this.#soughtSinceMs.set(key, performance.now());
    }
    const search = this.#ask(key, seeker);
    this.#searches.set(key, search);
    try {
      const found = await search;
      if (found.kind !== 'later' && found.kind !== 'moved') this.#soughtSinceMs.delete(key);
      return found;
    } catch (error) {
      this.#soughtSinceMs.delete(key);
      throw error;
    } finally {
      this.#searches.delete(key);
    }
  }

  #soughtMs(key: string): number {
    const nowMs = performance.now();
    return nowMs - (this.#soughtSinceMs.get(key) ?? nowMs);
  }

  async #ask(key: string, seeker: RobotsSeeker): Promise<FoundRobots> {
    const { visit, origin } = seeker;
    for (let stale: string | undefined; ; ) {
      const answer = await visit.robots(origin, stale);
      if (answer.kind === 'yours') return this.#fetch(seeker, stale);
      if (answer.kind === 'theirs') {
        const soughtMs = this.#soughtMs(key);
        if (soughtMs >= PATIENCE_MS || visit.signal.aborted) return later(againMs(soughtMs));
        await sleep(LOOK_MS);
        continue;
      }
      const record = parseRobots(answer.text);
      if (isSettled(record, visit.options.retries)) {
        const rules = this.#rules.learn(origin, tokenOf(seeker), record, performance.now() - knownForMs(record, visit.nowMs()));
        return { kind: 'rules', rules };
      }
      const waitMs = record.kind === 'unreachable' ? record.retryAtMs - visit.nowMs() : 0;
      if (waitMs > 0) return later(waitMs);
      stale = answer.text;
    }
  }

  /** It is left to this process, which tells the rest what came of it, whatever that is. */
  async #fetch(seeker: RobotsSeeker, stale: string | undefined): Promise<FoundRobots> {
    const { visit, origin, entry } = seeker;
    const { options } = visit;
    const before = stale === undefined ? undefined : parseRobots(stale);
    const failures = before?.kind === 'unreachable' ? before.failures : 0;
    const leave = () => visit.keepRobots(origin, known(brokenOffRecord({ failures, nowMs: visit.nowMs() }), 0));
    let result: FetchResult;
    try {
      result = await this.#request(seeker);
    } catch (error) {
      await leave();
      throw error;
    }
    const tries = { failures, nowMs: visit.nowMs(), waitMs: backoffMs(failures + 1, this.#random) };
    if (result.kind === 'moved') {
      const page = entry.chain === undefined ? {} : { page: entry.chain };
      return { kind: 'moved', chain: { ...result.chain, home: homeOf(entry), errand: { origin, failures, ...page } } };
    }
    const record = robotsRecord(`${origin}/robots.txt`, result, tries);
    if (result.kind === 'aborted') {
      await leave();
      return { kind: 'broken-off', ...(result.shortage && { shortage: result.shortage }) };
    }
    if (record.kind === 'unreachable' && record.verdict === 'private-address') {
      await leave();
      return { kind: 'refused', verdict: record.verdict, error: record.error };
    }
    if (record.kind === 'unreachable' && !isSettled(record, options.retries)) {
      await visit.keepRobots(origin, known(record, 0));
      return { ...later(record.retryAtMs - visit.nowMs()), ...(record.verdict !== 'robots' && { unanswered: true }) };
    }
    const rules = this.#rules.learn(origin, tokenOf(seeker), record, performance.now());
    await visit.keepRobots(origin, known(record, rules.crawlDelayMs));
    // The request for it was one to the origin.
    if (rules.crawlDelayMs > 0) visit.started(entry, Math.max(options.hostIntervalMs, rules.crawlDelayMs));
    return { kind: 'rules', rules };
  }

  /** A redirected robots.txt is requested where it is, in the turn of the entry, which then goes back to where its rules hold. */
  async goOn(visit: Visit, entry: Entry, chain: Chain): Promise<Ending> {
    const { errand } = chain;
    if (errand === undefined) throw new Error(`${entry.url} is not out for a robots.txt`);
    const { origin, failures } = errand;
    const seeker = { visit, origin, namedHost: namedHostOf(entry), entry };
    const result = await this.#request(seeker, { ...chain, home: origin });
    if (result.kind === 'aborted') {
      // The entry does not try again, so another one may.
      if (result.shortage?.isFinal) await visit.keepRobots(origin, known(brokenOffRecord({ failures, nowMs: visit.nowMs() }), 0));
      return brokenOff(visit, entry, result.shortage);
    }
    if (result.kind === 'moved') return { kind: 'moved', entry: movedTo(entry, { ...result.chain, home: chain.home, errand }) };
    const tries = { failures, nowMs: visit.nowMs(), waitMs: backoffMs(failures + 1, this.#random) };
    const record = robotsRecord(`${origin}/robots.txt`, result, tries);
    const isKnown = isSettled(record, visit.options.retries);
    const delayMs = isKnown ? this.#rules.learn(origin, tokenOf(seeker), record, performance.now()).crawlDelayMs : 0;
    if (isKnown) this.#soughtSinceMs.delete(`${tokenOf(seeker)} ${origin}`);
    await visit.keepRobots(origin, known(record, delayMs));
    const isUnanswered = record.kind === 'unreachable' && record.verdict !== 'robots' && !visit.options.independent;
    return { kind: 'moved', entry: fromErrand(entry, errand), ...(isUnanswered && { unreachable: true }) };
  }

  /** @param chain how far redirects have led */
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

/** The ending of an entry whose request for a robots.txt was broken off: it goes back, unless the shortage has lasted too long. */
export function brokenOff(visit: Visit, entry: Entry, shortage: Shortage | undefined): Ending {
  if (!shortage?.isFinal) return { kind: 'back' };
  const { code, message } = shortage;
  return { kind: 'outcome', outcome: shortageOutcome(visit.run, entry, visit.options, { code, message }, visit.nowMs()) };
}

function tokenOf({ visit }: RobotsSeeker): string {
  return productToken(visit.options.userAgent);
}

/** As the other workers are told of it. */
function known(record: RobotsRecord, intervalMs: number) {
  return { text: formatRobots(record), keepMs: record.kind === 'unreachable' ? UNREACHABLE_KEPT_MS : KEPT_MS, intervalMs };
}

/** For an origin whose robots.txt was left to a worker that is gone: another one may fetch it. */
export function abandonedRobots(nowMs: number): KnownRobots {
  return known(brokenOffRecord({ failures: 0, nowMs }), 0);
}

/** For how long all workers have known it at least. */
function knownForMs(record: RobotsRecord, nowMs: number): number {
  return record.kind === 'rules' ? Math.max(0, nowMs - record.atMs - TOLD_MS) : 0;
}

function later(afterMs: number): Extract<FoundRobots, { kind: 'later' }> {
  return { kind: 'later', afterMs: Math.max(1, Math.ceil(afterMs)) };
}

function againMs(soughtMs: number): number {
  return Math.min(AGAIN_MS.most, Math.max(AGAIN_MS.least, soughtMs));
}

/** What another's search gave, if it gave something in time. That it failed is told to the other. */
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
