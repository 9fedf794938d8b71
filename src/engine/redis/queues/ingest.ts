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
import { LiveWorker, workerOptions } from '../visits/live-worker.ts';
import type { Tickets } from '../visits/tickets.ts';
import { bullmq } from './bullmq.ts';
import { type BatchJob, isFull, packBatch, requestIntake, UrlsJob, unpackBatch } from './stored-batches.ts';

/** Runs at a time whose stored batches are pushed, and batches and seals of other clients. */
const CONCURRENCY = 8;
/** A seal waits so long for the first batch of its run. */
const SEAL_WAIT_MS = 3_000;
const RETRY_MS = 1_000;
/** How long one job pushes stored batches before the next job in the queue, which may be of another run, has its turn. */
const TURN_MS = 250;
/** How often a full run is looked at: this soon at first, then half as often each time. A look only reads. */
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

/** The consumer of the `urls` queue: a batch of lines becomes entries in the frontier, `{ run, batches }` seals the run. While the frontier is full, batches stay stored and no job is taken for them. */
export class Ingest {
  readonly #context: IngestContext;
  readonly #worker: LiveWorker<unknown>;
  /** Runs that were full, by the timer of the next look. */
  readonly #looks = new Map<RunId, NodeJS.Timeout>();
  #stopping = false;
  /** Why batches wait, as it was said. */
  readonly #waits = new Conditions();

  constructor(context: IngestContext) {
    this.#context = context;
    const { redis, keys, queue, timings, log } = context;
    this.#worker = new LiveWorker({
      queue,
      take: (job) => this.#take(job),
      worker: { ...workerOptions(redis, keys, timings), concurrency: CONCURRENCY },
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

  /** The run has stored batches: they are asked for as soon as a look finds room for them. May be repeated. */
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
        else await requestIntake(this.#context.queue, run);
      } catch (error) {
        // Redis is away. The janitor's next round starts the looks again if they are needed.
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
        // A batch is never given up for what Redis cannot do just now: it may be full, or loading.
        this.#complain(parsed.data.run, (error as Error).message);
        // The job stays active without its worker, and is taken over when its lock has run out.
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

  /** Pushes stored batches in their order, until there are none, the run is full, or it is the turn of others. */
  async #takeStored(run: RunId): Promise<void> {
    const { frontier, queue } = this.#context;
    const untilMs = performance.now() + TURN_MS;
    for (;;) {
      // Before the content is read: a producer asks with each batch that it stores.
      if (await this.#isFull(run)) {
        this.watch(run);
        return;
      }
      const next = await frontier.nextStored(run);
      if (next === undefined) return;
      if (this.#stopping || performance.now() > untilMs) {
        await requestIntake(queue, run);
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

  /** Other clients add the seal right behind their batches, whose job may be taken later: the run is opened by whoever has its options. Resolves after a while in any case. */
  async #firstBatch(run: RunId): Promise<void> {
    const untilMs = performance.now() + SEAL_WAIT_MS;
    while (!this.#stopping && performance.now() < untilMs && (await this.#context.frontier.findOptions(run)) === undefined)
      await sleep(FIRST_LOOK_MS);
  }

  /** A batch of another client waits like those of our own producers. */
  async #store(data: BatchJob): Promise<void> {
    const content = await packBatch(data);
    await underItsDigest(batchOf(data), (digest) => this.#context.frontier.store(data.run, data.batch, digest, content));
    this.watch(data.run);
  }

  /** A run that Redis lost is not full: its next batch opens it again. */
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

/** The batch itself is at fault: it would be refused again. */
function isRefusal(error: unknown): error is Error {
  return error instanceof ConflictError || error instanceof UnknownRunError || error instanceof UsageError;
}

/** What is stored is no batch. That this process has no memory to unpack it says nothing of it. */
export function isUnreadable(error: unknown): error is Error {
  if (shortageCode(error) !== undefined) return false;
  const isNoDeflate = error instanceof Error && /^Z_|^ERR_BUFFER_TOO_LARGE$/.test((error as NodeJS.ErrnoException).code ?? '');
  return isNoDeflate || error instanceof SyntaxError || error instanceof z.ZodError;
}

/** The identity of a batch's content, however it is stored. */
export function batchDigest(batch: Batch): string {
  return hash('sha1', batchContent(batch), 'hex');
}

/** Does a step with the identity of a batch, or, if another version began with the batch, with the one that it had there: it counts once all the same. */
export async function underItsDigest(batch: Batch, step: (digest: string) => Promise<unknown>): Promise<void> {
  try {
    await step(batchDigest(batch));
  } catch (error) {
    if (!(error instanceof ConflictError) || batch.namedHost === undefined) throw error;
    await step(earlierDigest(batch));
  }
}

/** The identity that the same batch had before the named host was a part of it. */
export function earlierDigest({ namedHost: _, ...batch }: Batch): string {
  return batchDigest(batch);
}
