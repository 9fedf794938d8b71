import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { ConflictError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { redisRemedy } from '../../core/redis-refusal.ts';
import type { RunId } from '../../core/run-id.ts';
import type { RunOptions } from '../../core/run-options.ts';
import type { Batch } from '../engine.ts';
import type { Patience } from '../engine-spec.ts';
import type { Frontier } from './frontier.ts';
import { batchDigest, earlierDigest } from './ingest.ts';
import type { Keys } from './keys.ts';
import { secretRemover } from './secret-remover.ts';
import type { Unconfirmed } from './unconfirmed.ts';

/** Batches of a run that may wait in the `urls` queue before its producer does. */
const MAX_QUEUED_BATCHES = 100;
const QUEUE_LOOK_MS = 50;
/** After so long of waiting, its producer is told for whom. */
const TELL_AFTER_MS = 3_000;
/** A Redis that refuses is asked again so often. */
const ASK_AGAIN_MS = 1_000;

export interface BatchQueueContext {
  redis: Redis;
  keys: Keys;
  queue: Queue;
  frontier: Frontier;
  unconfirmed: Unconfirmed;
  patience: Patience;
  log: Log;
}

/** The producer's end of the `urls` queue. */
export class BatchQueue {
  readonly #context: BatchQueueContext;
  readonly #options = new Map<RunId, RunOptions>();
  /** What it was said to wait for. */
  #complaint = '';

  constructor(context: BatchQueueContext) {
    this.#context = context;
  }

  async submit(run: RunId, batch: Batch): Promise<void> {
    const { queue, unconfirmed } = this.#context;
    const { number, firstLine, source, format, identity, namedHost } = batch;
    // What is wrong with a line that has credentials is said by whoever reads it; the credentials themselves do not travel.
    const lines = batch.lines.map(secretRemover(format));
    const digest = batchDigest({ ...batch, lines });
    await this.#patiently(run, () => this.#room(run));
    // Should Redis lose the run, its first batch brings it back as it was.
    const options = await this.#patiently(run, () => this.#optionsOf(run));
    const data = {
      run,
      batch: number,
      firstLine,
      lines,
      options,
      ...(source !== undefined && { source }),
      ...(format !== undefined && { format }),
      ...(identity !== undefined && { identity }),
      ...(namedHost !== undefined && { namedHost }),
    };
    await this.#patiently(run, () =>
      unconfirmed.take(async () => {
        await this.#promise(run, number, digest, earlierDigest({ ...batch, lines }));
        await queue.add('batch', data, { jobId: `${run}-b${number}`, removeOnComplete: true, removeOnFail: true });
      }),
    );
    this.#complaint = '';
  }

  /** No further batch of the run is expected. */
  forget(run: RunId): void {
    this.#options.delete(run);
  }

  /** Resolves when few enough batches of the run wait to be taken. */
  async #room(run: RunId): Promise<void> {
    const tellMs = performance.now() + TELL_AFTER_MS;
    for (;;) {
      if ((await this.#context.frontier.queuedBatches(run)) < MAX_QUEUED_BATCHES) return;
      if (performance.now() > tellMs)
        this.#complain(run, `as many batches of run ${run} as may wait for a worker do so: \`trawl worker\` starts one`);
      await sleep(QUEUE_LOOK_MS);
    }
  }

  async #optionsOf(run: RunId): Promise<RunOptions> {
    const options = this.#options.get(run) ?? (await this.#context.frontier.options(run));
    this.#options.set(run, options);
    return options;
  }

  /** A number stands for one content, also while its job still waits. `earlier` is how a producer of an earlier version wrote the same content. */
  async #promise(run: RunId, number: number, digest: string, earlier: string): Promise<void> {
    const { redis, keys } = this.#context;
    const promised = keys.run(run, 'promised');
    await redis.hsetnx(promised, String(number), digest);
    if ((await redis.hget(promised, String(number))) !== digest) {
      if ((await redis.hget(promised, String(number))) === earlier) return;
      throw new ConflictError(`batch ${number} of run ${run} was submitted before with other lines`);
    }
  }

  /** A crawl that has begun waits while Redis refuses (it is full, or cannot save), as workers and collectors do; a short command does not. */
  async #patiently<T>(run: RunId, step: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await step();
      } catch (error) {
        const remedy = error instanceof Error ? redisRemedy(error.message) : undefined;
        if (remedy === undefined || this.#context.patience === 'none') throw error;
        this.#complain(run, `Redis refuses, and the producer waits: ${remedy}`);
        await sleep(ASK_AGAIN_MS);
      }
    }
  }

  #complain(run: RunId, message: string): void {
    if (message !== this.#complaint) this.#context.log.warn({ run }, message);
    this.#complaint = message;
  }
}
