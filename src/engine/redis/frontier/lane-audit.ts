import type { Redis } from 'ioredis';
import type { Log } from '../../../model/log.ts';
import type { RunId } from '../../../model/run-id.ts';
import type { Keys } from '../keys.ts';
import type { Frontier } from './frontier.ts';

/** Time between two audits, in milliseconds; shorter if something is suspected. */
const LOOK_EVERY_MS = 10_000;
const CONFIRM_AFTER_MS = 1_000;
/** Origins that one script recounts. */
const MAX_RECOUNTED = 100;

/**
 * Compares the count of visits of each origin (`busy`) with what the tickets hold. If a count is too high, lanes are lost for
 * good. If it is too low, an origin gets too many visits. The cause may be a Redis that lost half of a transaction, or was
 * restored from an edited copy.
 *
 * An audit reads in several steps, so that Redis is not blocked, and visits begin and end meanwhile. So an origin is recounted
 * only if two audits in a row find it wrong in the same direction. A script then recounts and corrects it in one step.
 */
export class LaneAudit {
  readonly #redis: Redis;
  readonly #keys: Keys;
  readonly #frontier: Frontier;
  readonly #log: Log;
  #nextLookMs = 0;
  /** Origins that the last audit found wrong: 1 if too many visits are counted, -1 if too few. */
  #suspected = new Map<string, number>();

  constructor(redis: Redis, keys: Keys, frontier: Frontier, log: Log) {
    this.#redis = redis;
    this.#keys = keys;
    this.#frontier = frontier;
    this.#log = log;
  }

  /** Makes an audit if it is time. Returns the runs that may continue with an origin because of a correction. */
  async lookIfDue(): Promise<RunId[]> {
    const nowMs = performance.now();
    if (nowMs < this.#nextLookMs) return [];
    const offered = await this.look();
    this.#nextLookMs = nowMs + (this.#suspected.size > 0 ? CONFIRM_AFTER_MS : LOOK_EVERY_MS);
    return offered;
  }

  async look(): Promise<RunId[]> {
    const found = await this.#differences();
    const wrongTwice = [...found].filter(([origin, direction]) => this.#suspected.get(origin) === direction).map(([origin]) => origin);
    this.#suspected = found;
    if (wrongTwice.length === 0) return [];
    const { corrected, offered } = await this.#frontier.recount(wrongTwice.slice(0, MAX_RECOUNTED));
    for (const { origin, counted, holding } of corrected) {
      this.#log.warn(
        { event: 'lanes-corrected', origin, counted, holding },
        `corrected the number of visits at ${origin} from ${counted} to ${holding}`,
      );
    }
    return offered;
  }

  async #differences(): Promise<Map<string, number>> {
    const counted = await this.#redis.hgetall(this.#keys.busy);
    const holding = await this.#holding();
    const differences = new Map<string, number>();
    for (const origin of new Set([...Object.keys(counted), ...holding.keys()])) {
      const difference = Number(counted[origin] ?? 0) - (holding.get(origin) ?? 0);
      if (difference !== 0) differences.set(origin, Math.sign(difference));
    }
    return differences;
  }

  /** The number of tickets that hold entries of each origin. */
  async #holding(): Promise<Map<string, number>> {
    const runs = (await Promise.all([this.#redis.zrange(this.#keys.open, 0, -1), this.#redis.zrange(this.#keys.ended, 0, -1)])).flat();
    const tickets = await Promise.all(runs.map((run) => this.#redis.smembers(this.#keys.run(run, 'held'))));
    const flights = runs.flatMap((run, index) => (tickets[index] ?? []).map((ticket) => this.#keys.run(run, `flight:${ticket}`)));
    const holding = new Map<string, number>();
    for (const fields of await Promise.all(flights.map((flight) => this.#redis.hkeys(flight)))) {
      for (const field of fields) if (field.startsWith('o:')) holding.set(field.slice(2), (holding.get(field.slice(2)) ?? 0) + 1);
    }
    return holding;
  }
}
