import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Log } from '../../../model/log.ts';

/** With `appendfsync everysec`, what Redis acknowledged this long ago is on its disk: it syncs every second, and may be a second late. */
const DURABLE_AFTER_MS = 2_000;

interface Step {
  /** When it was acknowledged; Infinity until then. */
  atMs: number;
  take: () => Promise<void>;
}

/**
 * Steps that Redis acknowledged a moment ago, but would forget if its machine crashed now. When another Redis process answers
 * at its address, all of them are repeated in order. Each must be safe to repeat.
 */
export class DurabilityBuffer {
  readonly #redis: Redis;
  readonly #log: Log;
  /** The Redis process that acknowledged the steps. */
  #process: string;
  #steps: Step[] = [];
  /** True if the connection may lead to another process by now. */
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
      // Redis is away again, or refuses. The next connection checks again, and so does `confirm`.
      this.#look().catch((error: Error) =>
        this.#log.debug({ event: 'redis-unidentified', err: error }, `could not ask Redis for its process id: ${error.message}`),
      );
    });
  }

  static async watch(redis: Redis, log: Log): Promise<DurabilityBuffer> {
    return new DurabilityBuffer(redis, await runningProcess(redis), log);
  }

  /** Takes a step. Repeats it if Redis may have forgotten it within the two seconds after. */
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

  /**
   * Resolves when all steps so far would survive a crash of Redis's machine, as far as its persistence allows. Rejects
   * with the error of a step that could not be repeated.
   */
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

  /** Repeats the steps until one process has acknowledged all of them and still answers: Redis may crash meanwhile. */
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

/** The identity of the Redis process at the other end. */
async function runningProcess(redis: Redis): Promise<string> {
  return /^run_id:(\w+)/m.exec(await redis.info('server'))?.[1] ?? '';
}
