import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Log } from '../../../model/log.ts';
import { redisRemedy } from '../../../model/redis-refusal.ts';
import type { RunId } from '../../../model/run-id.ts';
import type { RunOptions } from '../../../model/run-options.ts';
import { Conditions } from '../../../util/conditions.ts';
import type { Batch } from '../../batch.ts';
import type { Patience, RedisLimits } from '../../engine-spec.ts';
import type { RunCounts } from '../../run-counts.ts';
import type { Frontier } from '../frontier/frontier.ts';
import type { DurabilityBuffer } from './durability-buffer.ts';
import { underItsDigest } from './ingest.ts';
import { secretRemover } from './secret-remover.ts';
import { isFull, packBatch, requestIntake } from './stored-batches.ts';

/** The first wait before a producer looks for room again. Each further wait is twice as long. */
const FIRST_LOOK_MS = 50;
const MAX_LOOK_MS = 1_000;
/** After this long, the producer logs what it waits for. */
const TELL_AFTER_MS = 3_000;
/** Time between two tries when Redis refuses. */
const ASK_AGAIN_MS = 1_000;

interface BatchQueueContext {
  redis: Redis;
  queue: Queue;
  frontier: Frontier;
  durability: DurabilityBuffer;
  patience: Patience;
  limits: RedisLimits;
  log: Log;
}

/** The producer's end of the `urls` queue. Stores batches beside the queue, and adds a job that asks a worker to push them. */
export class BatchQueue {
  readonly #context: BatchQueueContext;
  readonly #options = new Map<RunId, RunOptions>();
  /** What was last logged as the reason to wait. */
  readonly #waits = new Conditions();
  #mostStoredBytes: Promise<number> | undefined;

  constructor(context: BatchQueueContext) {
    this.#context = context;
  }

  async submit(run: RunId, batch: Batch): Promise<void> {
    const { queue, frontier, durability } = this.#context;
    const { number, firstLine, source, format, identity, namedHost } = batch;
    // Credentials are not sent. The reader of such a line reports what is wrong with it.
    const lines = batch.lines.map(secretRemover(format));
    await this.#patiently(run, () => this.#room(run));
    // If Redis loses the run, the first batch opens it again with its options.
    const options = await this.#patiently(run, () => this.#optionsOf(run));
    const content = await packBatch({
      run,
      batch: number,
      firstLine,
      lines,
      options,
      ...(source !== undefined && { source }),
      ...(format !== undefined && { format }),
      ...(identity !== undefined && { identity }),
      ...(namedHost !== undefined && { namedHost }),
    });
    await this.#patiently(run, () =>
      durability.take(async () => {
        await underItsDigest({ ...batch, lines }, (digest) => frontier.store(run, number, digest, content));
        await requestIntake(queue, run);
      }),
    );
    this.#waits.end();
  }

  /** No further batch of the run is expected. */
  forget(run: RunId): void {
    this.#options.delete(run);
  }

  /** Resolves when the stored batches of the run leave room for another. */
  async #room(run: RunId): Promise<void> {
    const { frontier, limits } = this.#context;
    this.#mostStoredBytes ??= this.#readMostStoredBytes();
    const most = await this.#mostStoredBytes;
    const tellMs = performance.now() + TELL_AFTER_MS;
    for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(2 * waitMs, MAX_LOOK_MS)) {
      const { counts, storedBytes } = await frontier.countsAndStored(run);
      if (storedBytes < most) return;
      if (performance.now() > tellMs) {
        const megabytes = (storedBytes / 1e6).toFixed(storedBytes < 1e7 ? 1 : 0);
        this.#complain(
          run,
          `the producer is waiting: the batches of run ${run} use ${megabytes} MB of Redis, which is the limit; ${reasonOf(run, counts, limits)}`,
        );
      }
      await sleep(waitMs);
    }
  }

  async #readMostStoredBytes(): Promise<number> {
    const { redis, limits } = this.#context;
    const maxMemory = Number(/^maxmemory:(\d+)/m.exec(await redis.info('memory'))?.[1] ?? 0);
    return maxMemory === 0 ? limits.maxStoredBytes : Math.min(limits.maxStoredBytes, maxMemory / 4);
  }

  async #optionsOf(run: RunId): Promise<RunOptions> {
    const known = this.#options.get(run);
    if (known !== undefined) return known;
    // A worker of 0.1.0 does not know `traceparent`. It would refuse the batch, and its URLs would be lost.
    const { traceparent: _, ...options } = await this.#context.frontier.options(run);
    this.#options.set(run, options);
    return options;
  }

  /**
   * While Redis refuses, because it is full or cannot save, a crawl that has begun waits, like workers and collectors. A
   * short command does not.
   */
  async #patiently<T>(run: RunId, step: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await step();
      } catch (error) {
        const remedy = error instanceof Error ? redisRemedy(error.message) : undefined;
        if (remedy === undefined || this.#context.patience === 'none') throw error;
        this.#complain(run, `the producer is waiting for Redis: ${remedy}`);
        await sleep(ASK_AGAIN_MS);
      }
    }
  }

  #complain(run: RunId, message: string): void {
    if (this.#waits.isNews(message)) this.#context.log.warn({ event: 'batches-wait', run }, message);
  }
}

/** What batches wait for. */
function reasonOf(run: RunId, counts: RunCounts, limits: RedisLimits): string {
  if (counts.unreleased >= limits.maxUnreleased) return `its outcomes wait for a collector: start one with \`trawl collect ${run}\``;
  if (counts.state === 'paused') return `it is paused: continue it with \`trawl resume ${run}\``;
  if (isFull(counts, limits)) return `${limits.maxWaiting} URLs wait before them: start more workers with \`trawl worker\``;
  return 'no worker takes them: start one with `trawl worker`';
}
