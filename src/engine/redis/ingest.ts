import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { parseRunOptions } from '../../config/run-options-schema.ts';
import { ConflictError, UnknownRunError, UsageError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { formatOutcome } from '../../core/outcome-line.ts';
import { redisRemedy } from '../../core/redis-refusal.ts';
import { isRunId } from '../../core/run-id.ts';
import type { Batch } from '../engine.ts';
import type { RedisLimits, RedisTimings } from '../engine-spec.ts';
import { batchContent, readBatch } from '../read-batch.ts';
import { bullmq } from './bullmq.ts';
import type { Frontier } from './frontier.ts';
import { type Keys, URLS_QUEUE } from './keys.ts';
import { LiveWorker } from './live-worker.ts';
import type { Tickets } from './tickets.ts';
import { workerOptions } from './worker-options.ts';

const FULL_WAIT_MS = 200;
/** Batches at a time: those of runs that are full wait, and must not hold up the others. */
const CONCURRENCY = 8;
const RETRY_MS = 1_000;

const run = z.string().refine(isRunId, 'run: letters, digits, `.`, `_` and `-`, not an integer');

/** A job of the `urls` queue, as any BullMQ client may add it. */
export const UrlsJob = z.union([
  z.strictObject({
    run,
    batch: z.int().min(0),
    firstLine: z.int().min(1).default(1),
    lines: z.array(z.string()).max(1_000),
    source: z.string().optional(),
    format: z.enum(['records', 'links']).optional(),
    identity: z.literal('line').optional(),
    namedHost: z.string().optional(),
    /** The run's options, where no `openRun` came before. */
    options: z.unknown().optional(),
  }),
  z.strictObject({ run, batches: z.int().min(0), options: z.unknown().optional() }),
]);

export interface IngestContext {
  redis: Redis;
  keys: Keys;
  queue: Queue;
  frontier: Frontier;
  tickets: Tickets;
  timings: RedisTimings;
  limits: RedisLimits;
  log: Log;
}

/** The consumer of the `urls` queue: a batch of lines becomes entries in the frontier, `{ run, batches }` seals the run. */
export class Ingest {
  readonly #context: IngestContext;
  readonly #worker: LiveWorker<unknown>;
  #stopping = false;
  /** Why batches wait, as it was said. */
  #complaint: string | undefined;

  constructor(context: IngestContext) {
    this.#context = context;
    const { redis, keys, queue, timings, log } = context;
    this.#worker = new LiveWorker({
      queue,
      take: (job) => this.#take(job),
      worker: { ...workerOptions(redis, keys, timings), concurrency: CONCURRENCY },
      listen: (worker) => {
        worker.on('error', (error) => log.debug({ error: error.message }, `ingest: ${error.message}`));
        worker.on('failed', (job, error) => log.error({ run: job?.data?.run, job: job?.id }, `a batch was refused: ${error.message}`));
      },
      log,
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#worker.close();
  }

  async #take(job: Job): Promise<void> {
    const parsed = UrlsJob.safeParse(job.data);
    if (!parsed.success) throw new bullmq.UnrecoverableError(`not a job for the queue ${URLS_QUEUE}: ${z.prettifyError(parsed.error)}`);
    for (;;) {
      try {
        await this.#apply(job, parsed.data);
        this.#complaint = undefined;
        return;
      } catch (error) {
        if (error instanceof ConflictError || error instanceof UnknownRunError || error instanceof UsageError) {
          throw new bullmq.UnrecoverableError(error.message);
        }
        // A batch is never given up for what Redis cannot do just now: it may be full, or loading.
        this.#complain(parsed.data.run, (error as Error).message);
        // The job stays active without its worker, and is taken over when its lock has run out.
        if (this.#stopping) throw new bullmq.WaitingError();
        await sleep(RETRY_MS);
      }
    }
  }

  #complain(id: string, message: string): void {
    const complaint = redisRemedy(message) ?? message;
    if (complaint !== this.#complaint) this.#context.log.warn({ run: id }, `batches wait, Redis refuses them: ${complaint}`);
    this.#complaint = complaint;
  }

  async #apply(job: Job, data: z.infer<typeof UrlsJob>): Promise<void> {
    await this.#open(data.run, data.options);
    if ('batches' in data) await this.#context.frontier.seal(data.run, data.batches);
    else await this.#push(job, data.run, data);
  }

  async #open(id: string, options: unknown): Promise<void> {
    const { frontier } = this.#context;
    if ((await frontier.findOptions(id)) === undefined) await frontier.open(id, parseRunOptions(options ?? {}));
  }

  async #push(
    job: Job,
    id: string,
    { batch: number, firstLine, lines, source, format, identity, namedHost }: Exclude<z.infer<typeof UrlsJob>, { batches: number }>,
  ): Promise<void> {
    const { frontier, tickets, queue, limits } = this.#context;
    const { accepted, discovered, settled, unreleased } = await frontier.counts(id);
    // Lines that are no URL have their outcomes at once, so that a list of these would fill Redis while nothing waits.
    if (accepted + discovered - settled >= limits.maxWaiting || unreleased >= limits.maxUnreleased) {
      // To the end of the queue, so that other runs get their turn. If this process dies in between, the batch is there twice and counts once.
      await sleep(FULL_WAIT_MS);
      await queue.add(job.name, job.data, { removeOnComplete: true });
      return;
    }
    const batch: Batch = {
      number,
      firstLine,
      lines,
      ...(source !== undefined && { source }),
      ...(format !== undefined && { format }),
      ...(identity !== undefined && { identity }),
      ...(namedHost !== undefined && { namedHost }),
    };
    const { entries, invalid } = readBatch(id, batch, await frontier.options(id), await frontier.nowMs(), 'refuse');
    const push = (digest: string) => frontier.push(id, batch.number, digest, entries, invalid.map(formatOutcome));
    await push(batchDigest(batch)).catch((error) => {
      // It may have been pushed by a worker of an earlier version, and then counts once all the same.
      if (error instanceof ConflictError && namedHost !== undefined) return push(earlierDigest(batch));
      throw error;
    });
    await tickets.wake(id);
  }
}

/** The identity of a batch's content. */
export function batchDigest(batch: Batch): string {
  return hash('sha1', batchContent(batch), 'hex');
}

/** The identity that the same batch had before the named host was a part of it. */
export function earlierDigest({ namedHost: _, ...batch }: Batch): string {
  return batchDigest(batch);
}
