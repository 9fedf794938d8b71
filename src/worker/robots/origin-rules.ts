import type { Log } from '../../model/log.ts';
import type { OutcomeError } from '../../model/outcome.ts';
import { readRobots } from '../../parse/robots/read-robots.ts';
import type { RobotsRules } from '../../parse/robots/robots-rules.ts';
import type { RobotsRecord, UnreachableRobots } from './robots-record.ts';

/** Longer pauses than this, which would make a site of a thousand pages take days, are not taken from a Crawl-delay. */
const MAX_CRAWL_DELAY_MS = 60_000;
/** After so long the other workers are asked again: one may have fetched it anew. */
const LOOK_AGAIN_MS = 60 * 60_000;
/** What could not be fetched is asked for sooner. */
const UNREACHABLE_LOOK_AGAIN_MS = 60_000;
/** Origins whose rules are at hand, and octets of their files: the largest may have half a million. */
const MOST_ORIGINS = 10_000;
const MOST_OCTETS = 32 * 1_024 * 1_024;

/** The robots.txt of an origin, as far as it binds this crawler. */
export interface RulesOfOrigin {
  /** Nothing may be requested. */
  unreachable?: UnreachableRobots;
  /** Least time between the starts of requests; 0 for none. */
  crawlDelayMs: number;
  /** Since when all workers know it, by this process's monotonic clock. */
  sinceMs: number;
  /** Why the path, with its query, may not be requested; undefined if it may. */
  refusal(path: string): OutcomeError | undefined;
}

interface KeptRules extends RulesOfOrigin {
  untilMs: number;
  octets: number;
}

/** The rules of the origins that this process visits, each parsed once. */
export class OriginRules {
  readonly #log: Log;
  readonly #mostOctets: number;
  /** The ones that nobody asked for the longest come first. */
  readonly #rules = new Map<string, KeptRules>();
  #octets = 0;

  constructor(log: Log, mostOctets = MOST_OCTETS) {
    this.#log = log;
    this.#mostOctets = mostOctets;
  }

  /** @param token the product token of the crawler, which decides which groups bind it */
  find(origin: string, token: string): RulesOfOrigin | undefined {
    const key = `${token} ${origin}`;
    const rules = this.#rules.get(key);
    if (rules === undefined) return undefined;
    this.#rules.delete(key);
    if (rules.untilMs > performance.now()) {
      this.#rules.set(key, rules);
      return rules;
    }
    this.#octets -= rules.octets;
    return undefined;
  }

  /** @param sinceMs since when all workers know it, by this process's monotonic clock */
  learn(origin: string, token: string, record: RobotsRecord, sinceMs: number): RulesOfOrigin {
    const lookAgainMs = record.kind === 'unreachable' ? UNREACHABLE_LOOK_AGAIN_MS : LOOK_AGAIN_MS;
    const rules = {
      ...this.#read(origin, token, record),
      sinceMs,
      untilMs: performance.now() + lookAgainMs,
      octets: record.kind === 'rules' ? record.body.length : 0,
    };
    const key = `${token} ${origin}`;
    this.#forget(key);
    this.#rules.set(key, rules);
    this.#octets += rules.octets;
    for (const oldest of this.#rules.keys()) {
      if (oldest === key || (this.#rules.size <= MOST_ORIGINS && this.#octets <= this.#mostOctets)) break;
      this.#forget(oldest);
    }
    return rules;
  }

  #forget(key: string): void {
    this.#octets -= this.#rules.get(key)?.octets ?? 0;
    this.#rules.delete(key);
  }

  #read(origin: string, token: string, record: RobotsRecord): Pick<RulesOfOrigin, 'unreachable' | 'crawlDelayMs' | 'refusal'> {
    if (record.kind === 'unreachable') return { unreachable: record, crawlDelayMs: 0, refusal: () => record.error };
    if (record.kind === 'allow-all') return { crawlDelayMs: 0, refusal: () => undefined };
    const rules = readRobots(Buffer.from(record.body, 'latin1'), token, record.url);
    return { crawlDelayMs: this.#crawlDelayMs(origin, rules), refusal: (path) => refusalOf(rules, path, record.url) };
  }

  #crawlDelayMs(origin: string, { crawlDelayMs = 0 }: RobotsRules): number {
    const askedSeconds = crawlDelayMs / 1_000;
    if (crawlDelayMs > MAX_CRAWL_DELAY_MS) {
      this.#log.warn(
        { origin },
        `${origin} asks for ${askedSeconds} s between requests (Crawl-delay): Trawl waits ${MAX_CRAWL_DELAY_MS / 1_000} s, its maximum`,
      );
    } else if (crawlDelayMs > 0) {
      this.#log.info({ origin }, `${origin} asks for ${askedSeconds} s between requests (Crawl-delay)`);
    }
    return Math.min(crawlDelayMs, MAX_CRAWL_DELAY_MS);
  }
}

/** @param robotsUrl where the file was found, which redirects may have led elsewhere */
function refusalOf(rules: RobotsRules, path: string, robotsUrl: string): OutcomeError | undefined {
  const { allowed, rule } = rules.decide(path);
  if (allowed) return undefined;
  const what = rule === undefined ? 'disallows it' : `line ${rule.line} says "${rule.text}" to ${rule.group}`;
  return { code: 'ROBOTS_DISALLOWED', message: `${robotsUrl}: ${what}; --no-robots ignores it` };
}
