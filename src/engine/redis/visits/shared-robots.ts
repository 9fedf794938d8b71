import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { KEPT_UNASKED_MS, keptMs } from '../../robots-expiry.ts';
import { type KnownRobots, ROBOTS_LEASE_MS, type RobotsAnswer } from '../../visit.ts';
import { packText, textDigest, unpackText } from '../frontier/packed-text.ts';
import { loadLua } from '../frontier/scripts/load-lua.ts';
import type { Keys } from '../keys.ts';

type Script<Reply> = (...args: Array<string | number | Buffer>) => Promise<Reply>;

interface Scripts {
  trawlRobotsBuffer: Script<Buffer | number>;
  trawlKeepRobots: Script<number>;
}

/** The robots.txt of each origin, shared by all workers of a deployment, and the leases to fetch one. */
export class SharedRobots {
  readonly #scripts: Scripts;
  readonly #base: string;
  readonly #leaseMs: number;

  constructor(redis: Redis, { base }: Keys, leaseMs = ROBOTS_LEASE_MS) {
    redis.defineCommand('trawlRobots', { numberOfKeys: 1, lua: loadLua('robots') });
    redis.defineCommand('trawlKeepRobots', { numberOfKeys: 1, lua: loadLua('keep-robots') });
    this.#scripts = redis as unknown as Scripts;
    this.#base = base;
    this.#leaseMs = leaseMs;
  }

  /** See `Visit.robots`. */
  async ask(origin: string, stale: string | undefined): Promise<RobotsAnswer> {
    const digest = stale === undefined ? '' : textDigest(stale);
    const answer = await this.#scripts.trawlRobotsBuffer(this.#base, origin, digest, randomUUID(), this.#leaseMs, KEPT_UNASKED_MS);
    if (typeof answer !== 'number') return { kind: 'known', text: await unpackText(answer) };
    return { kind: answer === 1 ? 'yours' : 'theirs' };
  }

  /** See `Visit.keepRobots`. May be repeated. */
  async keep(origin: string, { text, keepMs, intervalMs }: KnownRobots): Promise<void> {
    const args = [origin, await packText(text), textDigest(text), keptMs(keepMs), KEPT_UNASKED_MS, Math.ceil(intervalMs), this.#leaseMs];
    await this.#scripts.trawlKeepRobots(this.#base, ...args);
  }
}
