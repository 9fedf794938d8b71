import type { Log } from '../../model/log.ts';
import type { OutcomeError } from '../../model/outcome.ts';
import { readRobots } from '../../parse/robots/read-robots.ts';
import type { RobotsRules } from '../../parse/robots/robots-rules.ts';
import type { RobotsRecord, UnreachableRobots } from './robots-record.ts';

/** A longer Crawl-delay is cut to this: it would make a site of a thousand pages take days. */
const MAX_CRAWL_DELAY_MS = 60_000;
/** After this long, the shared copy is read again: another worker may have fetched a newer one. */
const REFRESH_AFTER_MS = 60 * 60_000;
/** The same for a robots.txt that could not be fetched. */
const UNREACHABLE_REFRESH_AFTER_MS = 60_000;
/** Limits of this cache: origins, and bytes of their files. The largest file may have half a megabyte. */
const MAX_ORIGINS = 10_000;
const MAX_BYTES = 32 * 1_024 * 1_024;

/** The rules of an origin's robots.txt that apply to this crawler. */
export interface RulesOfOrigin {
  /** Set if robots.txt is unreachable: then nothing may be requested. */
  unreachable?: UnreachableRobots;
  /** Minimum time between the starts of requests, in milliseconds; 0 for none. */
  crawlDelayMs: number;
  /** Since when all workers know the rules, by this process's monotonic clock. */
  sinceMs: number;
  /** Why the path (with its query) may not be requested; undefined if it may. */
  refusal(path: string): OutcomeError | undefined;
}

interface KeptRules extends RulesOfOrigin {
  untilMs: number;
  bytes: number;
}

/** Cache of the parsed rules of the origins that this process visits. */
export class OriginRules {
  readonly #log: Log;
  readonly #maxBytes: number;
  /** In order of last use, least recently used first. */
  readonly #rules = new Map<string, KeptRules>();
  #bytes = 0;

  constructor(log: Log, maxBytes = MAX_BYTES) {
    this.#log = log;
    this.#maxBytes = maxBytes;
  }

  /** @param token product token of the crawler, which selects the groups that apply to it */
  find(origin: string, token: string): RulesOfOrigin | undefined {
    const key = `${token} ${origin}`;
    const rules = this.#rules.get(key);
    if (rules === undefined) return undefined;
    this.#rules.delete(key);
    if (rules.untilMs > performance.now()) {
      this.#rules.set(key, rules);
      return rules;
    }
    this.#bytes -= rules.bytes;
    return undefined;
  }

  /** @param sinceMs since when all workers know the record, by this process's monotonic clock */
  learn(origin: string, token: string, record: RobotsRecord, sinceMs: number): RulesOfOrigin {
    const refreshAfterMs = record.kind === 'unreachable' ? UNREACHABLE_REFRESH_AFTER_MS : REFRESH_AFTER_MS;
    const rules = {
      ...this.#read(origin, token, record),
      sinceMs,
      untilMs: performance.now() + refreshAfterMs,
      bytes: record.kind === 'rules' ? record.body.length : 0,
    };
    const key = `${token} ${origin}`;
    this.#delete(key);
    this.#rules.set(key, rules);
    this.#bytes += rules.bytes;
    for (const oldest of this.#rules.keys()) {
      if (oldest === key || (this.#rules.size <= MAX_ORIGINS && this.#bytes <= this.#maxBytes)) break;
      this.#delete(oldest);
    }
    return rules;
  }

  #delete(key: string): void {
    this.#bytes -= this.#rules.get(key)?.bytes ?? 0;
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
        { event: 'crawl-delay-cut', origin },
        `${origin} asks for ${askedSeconds} s between requests (Crawl-delay): Trawl waits ${MAX_CRAWL_DELAY_MS / 1_000} s, its maximum`,
      );
    } else if (crawlDelayMs > 0) {
      this.#log.info({ event: 'crawl-delay', origin }, `${origin} asks for ${askedSeconds} s between requests (Crawl-delay)`);
    }
    return Math.min(crawlDelayMs, MAX_CRAWL_DELAY_MS);
  }
}

/** @param robotsUrl URL of the file after redirects */
function refusalOf(rules: RobotsRules, path: string, robotsUrl: string): OutcomeError | undefined {
  const { allowed, rule } = rules.decide(path);
  if (allowed) return undefined;
  const what = rule === undefined ? 'disallows it' : `line ${rule.line} says "${rule.text}" to ${rule.group}`;
  return { code: 'ROBOTS_DISALLOWED', message: `${robotsUrl}: ${what}; --no-robots ignores it` };
}
