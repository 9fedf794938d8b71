import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Log } from '../../../model/log.ts';

/** With `appendfsync everysec`, what Redis acknowledged so long ago is on its disk: it syncs every second, and may be a second late. */
const DURABLE_AFTER_MS = 2_000;

interface Step {
  /** When it was acknowledged; Infinity until then. */
  atMs: number;
  take: () => Promise<void>;
}

/**
 * Steps that Redis acknowledged a moment ago, and forgets if its machine crashes now. When another process answers at its address, all of them are taken again, in
 * their order. Each must be safe to repeat.
 */
export class Unconfirmed {
  readonly #redis: Redis;
  readonly #log: Log;
  /** The Redis process that has the steps. */
  #process: string;
  #steps: Step[] = [];
  /** The connection is not known to lead to that process still. */
  #isInDoubt = false;
  #looking: Promise<void> | undefined;

  private constructor(redis: Redis, process: string, log: Log) {
    this.#redis = redis;
    this.#process = process;
    this.#log = log;
    redis.on('close', () => {
      this.#isInDoubt = true;
    });
    redis.on('ready', () => {
      this.#isInDoubt = true;
      // Away again, or it refuses: the next connection is looked at, and `confirm` looks too.
      this.#look().catch((error: Error) =>
        this.#log.debug({ event: 'redis-unidentified', err: error }, `could not ask Redis for its process id: ${error.message}`),
      );
    });
  }

  static async watch(redis: Redis, log: Log): Promise<Unconfirmed> {
    return new Unconfirmed(redis, await runningProcess(redis), log);
  }

  /** Takes a step, and again whenever Redis may have forgotten it in the two seconds after. */
  async take(take: () => Promise<void>): Promise<void> {
    const step: Step = { atMs: Number.POSITIVE_INFINITY, take };
    this.#steps.push(step);
    try {
      await take();
    } catch (error) {
      this.#steps = this.#steps.filter((other) => other !== step);
      throw error;
    }
    step.atMs = performance.now();
    if (!this.#isInDoubt) this.#dropDurable();
  }

  /** Resolves when all steps taken so far would survive a crash of Redis's machine, as far as this Redis's do. Rejects with the error of a step that could not be taken again. */
  async confirm(): Promise<void> {
    if (!/^aof_enabled:1/m.test(await this.#redis.info('persistence'))) return;
    for (;;) {
      await this.#look();
      this.#dropDurable();
      const last = this.#steps.at(-1);
      if (last === undefined) return;
      await sleep(Math.min(last.atMs + DURABLE_AFTER_MS - performance.now(), DURABLE_AFTER_MS));
    }
  }

  #dropDurable(): void {
    const untilMs = performance.now() - DURABLE_AFTER_MS;
    this.#steps = this.#steps.filter(({ atMs }) => atMs > untilMs);
  }

  #look(): Promise<void> {
    this.#looking ??= this.#takeAgainIfForgotten().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Until the process that has all of them is the one that answers: it may crash while it is told. */
  async #takeAgainIfForgotten(): Promise<void> {
    for (;;) {
      const process = await runningProcess(this.#redis);
      if (process === this.#process) break;
      if (this.#steps.length > 0) {
        this.#log.warn(
          { event: 'redis-restarted', steps: this.#steps.length },
          'Redis was restarted: repeating the writes of the last two seconds',
        );
      }
      for (const step of this.#steps) {
        await step.take();
        step.atMs = performance.now();
      }
      this.#process = process;
    }
    this.#isInDoubt = false;
  }
}

/** The identity of the process at the other end. */
async function runningProcess(redis: Redis): Promise<string> {
  return /^run_id:(\w+)/m.exec(await redis.info('server'))?.[1] ?? '';
}
