import type { Log } from '../core/log.ts';
import type { OutcomeError } from '../core/outcome.ts';
import { readRobots } from '../robots/read-robots.ts';
import type { RobotsRules } from '../robots/robots-rules.ts';
import type { RobotsRecord, UnreachableRobots } from './robots-record.ts';

/** Longer pauses than this, which would make a site of a thousand pages take days, are not taken from a Crawl-delay. */
export const MAX_CRAWL_DELAY_MS = 60_000;
/** After so long the other workers are asked again: one may have fetched it anew. */
const LOOK_AGAIN_MS = 60 * 60_000;
/** What could not be fetched is asked for sooner. */
const UNREACHABLE_LOOK_AGAIN_MS = 60_000;
/** Origins whose rules are at hand. */
const MOST_ORIGINS = 10_000;

/** The robots.txt of an origin, as far as it binds this crawler. */
export interface RulesOfOrigin {
  /** Nothing may be requested. */
  unreachable?: UnreachableRobots;
  /** Least time between the starts of requests; 0 for none. */
  crawlDelayMs: number;
  /** When this process learnt it, by its monotonic clock. */
  learnedAtMs: number;
  /** Why the path, with its query, may not be requested; undefined if it may. */
  refusal(path: string): OutcomeError | undefined;
}

/** The rules of the origins that this process visits, each parsed once. */
export class OriginRules {
  readonly #log: Log;
  readonly #rules = new Map<string, RulesOfOrigin & { untilMs: number }>();

  constructor(log: Log) {
    this.#log = log;
  }

  find(origin: string, token: string): RulesOfOrigin | undefined {
    const key = `${token} ${origin}`;
    const rules = this.#rules.get(key);
    if (rules === undefined || rules.untilMs > performance.now()) return rules;
    this.#rules.delete(key);
    return undefined;
  }

  learn(origin: string, token: string, record: RobotsRecord): RulesOfOrigin {
    const learnedAtMs = performance.now();
    const lookAgainMs = record.kind === 'unreachable' ? UNREACHABLE_LOOK_AGAIN_MS : LOOK_AGAIN_MS;
    const rules = { ...this.#read(origin, token, record), learnedAtMs, untilMs: learnedAtMs + lookAgainMs };
    this.#rules.set(`${token} ${origin}`, rules);
    const [oldest] = this.#rules.keys();
    if (this.#rules.size > MOST_ORIGINS && oldest !== undefined) this.#rules.delete(oldest);
    return rules;
  }

  #read(origin: string, token: string, record: RobotsRecord): Pick<RulesOfOrigin, 'unreachable' | 'crawlDelayMs' | 'refusal'> {
    if (record.kind === 'unreachable') return { unreachable: record, crawlDelayMs: 0, refusal: () => record.error };
    if (record.kind === 'allow-all') return { crawlDelayMs: 0, refusal: () => undefined };
    const rules = readRobots(Buffer.from(record.body, 'latin1'), token, record.url);
    return { crawlDelayMs: this.#crawlDelayMs(origin, rules), refusal: (path) => refusalOf(rules, path, origin) };
  }

  #crawlDelayMs(origin: string, { crawlDelayMs = 0 }: RobotsRules): number {
    const askedSeconds = crawlDelayMs / 1_000;
    if (crawlDelayMs > MAX_CRAWL_DELAY_MS) {
      this.#log.warn(
        { origin },
        `${origin} asks for ${askedSeconds} s between requests (Crawl-delay): it gets ${MAX_CRAWL_DELAY_MS / 1_000} s, the most that is obeyed`,
      );
    } else if (crawlDelayMs > 0) {
      this.#log.info({ origin }, `${origin} asks for ${askedSeconds} s between requests (Crawl-delay)`);
    }
    return Math.min(crawlDelayMs, MAX_CRAWL_DELAY_MS);
  }
}

function refusalOf(rules: RobotsRules, path: string, origin: string): OutcomeError | undefined {
  const { allowed, rule } = rules.decide(path);
  if (allowed) return undefined;
  const what = rule === undefined ? 'disallows it' : `line ${rule.line} says "${rule.text}" to ${rule.group}`;
  return { code: 'ROBOTS_DISALLOWED', message: `${origin}/robots.txt ${what}; --no-robots does not ask` };
}
