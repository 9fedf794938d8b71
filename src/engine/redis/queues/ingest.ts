import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { ConflictError, UnknownRunError, UsageError } from '../../../model/errors.ts';
import { formatOutcome } from '../../../model/lines/outcome-line.ts';
import type { Log } from '../../../model/log.ts';
import { redisRemedy } from '../../../model/redis-refusal.ts';
import type { RunId } from '../../../model/run-id.ts';
import { shortageCode } from '../../../model/shortage.ts';
import { parseRunOptions } from '../../../options/run-options-schema.ts';
import { Conditions } from '../../../util/conditions.ts';
import type { Batch } from '../../batch.ts';
import type { RedisLimits, RedisTimings } from '../../engine-spec.ts';
import { batchContent, readBatch } from '../../read-batch.ts';
import type { Frontier } from '../frontier/frontier.ts';
import { type Keys, URLS_QUEUE } from '../keys.ts';
import { RestartingWorker, workerOptions } from '../visits/restarting-worker.ts';
import type { Tickets } from '../visits/tickets.ts';
import { bullmq } from './bullmq.ts';
import { jobTracing } from './job-tracing.ts';
import { type BatchJob, isFull, packBatch, requestIntake, UrlsJob, unpackBatch } from './stored-batches.ts';

/** Jobs at a time: runs whose batches are pushed, and batches and seals of other clients. */
const CONCURRENCY = 8;
/** How long a seal waits for the first batch of its run. */
const SEAL_WAIT_MS = 3_000;
const RETRY_MS = 1_000;
/** How long one job pushes batches. Then the next job gets its turn, which may be for another run. */
const TURN_MS = 250;
/** The first wait before a full run is looked at again. Each further wait is twice as long. A look only reads. */
const FIRST_LOOK_MS = 100;
const MAX_LOOK_MS = 1_000;

interface IngestContext {
  redis: Redis;
  keys: Keys;
  queue: Queue;
  frontier: Frontier;
  tickets: Tickets;
  timings: RedisTimings;
  limits: RedisLimits;
  log: Log;
}

/**
 * The consumer of the `urls` queue. Pushes batches into the frontier, and seals runs. While the frontier is full,
 * batches stay stored, and no job for them is taken.
 */
export class Ingest {
  readonly #context: IngestContext;
  readonly #worker: RestartingWorker<unknown>;
  /** For each full run, the timer of the next look. */
  readonly #looks = new Map<RunId, NodeJS.Timeout>();
  #stopping = false;
  /** What was last logged as the reason why batches wait. */
  readonly #waits = new Conditions();

  constructor(context: IngestContext) {
    this.#context = context;
    const { redis, keys, queue, timings, log } = context;
    this.#worker = new RestartingWorker({
      queue,
      take: (job) => this.#take(job),
      worker: { ...workerOptions(redis, keys, timings), ...jobTracing(), concurrency: CONCURRENCY },
      listen: (worker) => {
        worker.on('error', (error) => log.debug({ event: 'queue-error', error: error.message }, `ingest: ${error.message}`));
        worker.on('failed', (job, error) => this.#refuse(job?.data?.run, error));
      },
      log,
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#looks.values()) clearTimeout(timer);
    this.#looks.clear();
    await this.#worker.close();
  }

  /** Watches a run with stored batches, and queues a job for them as soon as there is room. May be repeated. */
  watch(run: RunId): void {
    if (!this.#looks.has(run)) this.#lookIn(run, FIRST_LOOK_MS);
  }

  #lookIn(run: RunId, delayMs: number): void {
    if (this.#stopping) return;
    const timer = setTimeout(async () => {
      try {
        const full = await this.#isFull(run);
        this.#looks.delete(run);
        if (full) this.#lookIn(run, Math.min(2 * delayMs, MAX_LOOK_MS));
        else await this.#requestIntake(run);
      } catch (error) {
        // Redis is away. The janitor's next round starts the watch again if needed.
        this.#looks.delete(run);
        this.#context.log.debug({ event: 'batches-unreadable', run, error }, 'could not check a run with stored batches');
      }
    }, delayMs);
    this.#looks.set(run, timer);
  }

  async #take(job: Job): Promise<void> {
    const parsed = UrlsJob.safeParse(job.data);
    if (!parsed.success) throw new bullmq.UnrecoverableError(`not a job for the queue ${URLS_QUEUE}: ${z.prettifyError(parsed.error)}`);
    for (;;) {
      try {
        await this.#apply(parsed.data);
        this.#waits.end();
        return;
      } catch (error) {
        if (isRefusal(error)) throw new bullmq.UnrecoverableError(error.message);
        // Never give a batch up because of what Redis cannot do now: it may be full, or loading.
        this.#complain(parsed.data.run, (error as Error).message);
        // The job stays active without a worker. When its lock has expired, another worker takes it over.
        if (this.#stopping) throw new bullmq.WaitingError();
        await sleep(RETRY_MS);
      }
    }
  }

  #complain(run: RunId, message: string): void {
    const complaint = redisRemedy(message) ?? message;
    if (this.#waits.isNews(complaint))
      this.#context.log.warn({ event: 'redis-refuses', run }, `batches are waiting for Redis: ${complaint}`);
  }

  #refuse(run: RunId | undefined, error: Error): void {
    this.#context.log.error({ event: 'batch-refused', run }, `a batch was refused: ${error.message}`);
  }

  async #apply(data: z.infer<typeof UrlsJob>): Promise<void> {
    const { frontier } = this.#context;
    if ('stored' in data) {
      await this.#takeStored(data.run);
      return;
    }
    if ('batches' in data && data.batches > 0 && data.options === undefined) await this.#firstBatch(data.run);
    await this.#open(data.run, data.options);
    if ('batches' in data) await frontier.seal(data.run, data.batches);
    else if (await this.#isFull(data.run)) await this.#store(data);
    else await this.#push(data);
  }

  /** Pushes stored batches in order, until there are none, the run is full, or the time of this job is over. */
  async #takeStored(run: RunId): Promise<void> {
    const { frontier } = this.#context;
    const untilMs = performance.now() + TURN_MS;
    for (;;) {
      // Check before the content is read, because a producer adds a job for each batch.
      if (await this.#isFull(run)) {
        this.watch(run);
        return;
      }
      const next = await frontier.nextStored(run);
      if (next === undefined) return;
      if (this.#stopping || performance.now() > untilMs) {
        await this.#requestIntake(run);
        return;
      }
      try {
        const data = await unpackBatch(next.content);
        await this.#open(run, data.options);
        await this.#push(data);
      } catch (error) {
        if (!isRefusal(error) && !isUnreadable(error)) throw error;
        this.#refuse(run, error);
        await frontier.skipStored(run, next.batch);
      }
    }
  }

  #requestIntake(run: RunId): Promise<void> {
    const { queue, tickets } = this.#context;
    return tickets.traces.within(run, () => requestIntake(queue, run));
  }

  /**
   * Waits until the run is open, but not for ever. Other clients add the seal right after their batches, and a batch,
   * which has the run's options, may be handled later than the seal.
   */
  async #firstBatch(run: RunId): Promise<void> {
    const untilMs = performance.now() + SEAL_WAIT_MS;
    while (!this.#stopping && performance.now() < untilMs && (await this.#context.frontier.findOptions(run)) === undefined)
      await sleep(FIRST_LOOK_MS);
  }

  /** Lets a batch of another client wait like those of our own producers. */
  async #store(data: BatchJob): Promise<void> {
    const content = await packBatch(data);
    await underItsDigest(batchOf(data), (digest) => this.#context.frontier.store(data.run, data.batch, digest, content));
    this.watch(data.run);
  }

  /** A run that Redis lost is not full. Its next batch opens it again. */
  async #isFull(run: RunId): Promise<boolean> {
    const { frontier, limits } = this.#context;
    try {
      return isFull(await frontier.counts(run), limits);
    } catch (error) {
      if (error instanceof UnknownRunError) return false;
      throw error;
    }
  }

  async #open(run: RunId, options: unknown): Promise<void> {
    const { frontier } = this.#context;
    if ((await frontier.findOptions(run)) === undefined) await frontier.open(run, parseRunOptions(options ?? {}));
  }

  async #push(data: BatchJob): Promise<void> {
    const { frontier, tickets } = this.#context;
    const { run } = data;
    const batch = batchOf(data);
    const { entries, invalid } = readBatch(run, batch, await frontier.options(run), await frontier.nowMs(), 'refuse');
    await underItsDigest(batch, (digest) => frontier.push(run, batch.number, digest, entries, invalid.map(formatOutcome)));
    await tickets.wake(run);
  }
}

function batchOf({ batch: number, firstLine, lines, source, format, identity, namedHost }: BatchJob): Batch {
  return {
    number,
    firstLine,
    lines,
    ...(source !== undefined && { source }),
    ...(format !== undefined && { format }),
    ...(identity !== undefined && { identity }),
    ...(namedHost !== undefined && { namedHost }),
  };
}

/** True if the batch itself is at fault, so that it would be refused again. */
function isRefusal(error: unknown): error is Error {
  return error instanceof ConflictError || error instanceof UnknownRunError || error instanceof UsageError;
}

/** True if what is stored is not a batch. A lack of memory to unpack it does not count. */
export function isUnreadable(error: unknown): error is Error {
  if (shortageCode(error) !== undefined) return false;
  const isNoDeflate = error instanceof Error && /^Z_|^ERR_BUFFER_TOO_LARGE$/.test((error as NodeJS.ErrnoException).code ?? '');
  return isNoDeflate || error instanceof SyntaxError || error instanceof z.ZodError;
}

/** The identity of a batch's content. It does not depend on how the batch is stored. */
export function batchDigest(batch: Batch): string {
  return hash('sha1', batchContent(batch), 'hex');
}

/**
 * Does a step with the identity of a batch. If another version has submitted the batch under its older identity, does it
 * with that one, so that the batch still counts once.
 */
export async function underItsDigest(batch: Batch, step: (digest: string) => Promise<unknown>): Promise<void> {
  try {
    await step(batchDigest(batch));
  } catch (error) {
    if (!(error instanceof ConflictError) || batch.namedHost === undefined) throw error;
    await step(earlierDigest(batch));
  }
}

/** The identity of the batch in versions in which it did not include the named host. */
export function earlierDigest({ namedHost: _, ...batch }: Batch): string {
  return batchDigest(batch);
}
