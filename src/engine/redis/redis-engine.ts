import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import { ConflictError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { LoggedRows } from '../../core/logged-rows.ts';
import { newRunId, type RunId } from '../../core/run-id.ts';
import type { RunOptions } from '../../core/run-options.ts';
import { parseSeedLine } from '../../core/seed-line.ts';
import { maskCredentials } from '../../core/without-credentials.ts';
import type { Batch, Collector, Cursor, Engine, OutcomeBatch, RunCounts, ThrottledOrigin, Visit, WorkLimits } from '../engine.ts';
import type { RedisEngineSpec, RedisLimits, RedisTimings } from '../engine-spec.ts';
import { hasCredentials } from '../read-batch.ts';
import { CONNECTION, connectRedis } from './connection.ts';
import { Connections } from './connections.ts';
import { Frontier } from './frontier.ts';
import { batchDigest, Ingest } from './ingest.ts';
import { Janitor } from './janitor.ts';
import { type Keys, keysFor, URLS_QUEUE, VISITS_QUEUE } from './keys.ts';
import { readOutcomeStream } from './outcome-stream.ts';
import { readThrottledOrigins } from './throttled-origins.ts';
import { type TicketData, Tickets } from './tickets.ts';
import { Unconfirmed } from './unconfirmed.ts';
import { Visits } from './visits.ts';
import { within } from './within.ts';

/** Batches of a run that may wait in the `urls` queue before its producer does. */
const MAX_QUEUED_BATCHES = 100;
const QUEUE_LOOK_MS = 50;
/** What is said to Redis at the end is said within this time, or not at all. */
const CLOSE_MS = 2_000;

/** A killed worker's entries are visited again after 15 s at most. BullMQ's defaults, 30 s each, make that a minute. */
const DEFAULT_TIMINGS: RedisTimings = { lockMs: 10_000, stalledCheckMs: 5_000 };
const DEFAULT_LIMITS: RedisLimits = { maxWaiting: 500_000, maxUnreleased: 250_000 };

/** The engine for any number of processes: the frontier in Lua scripts, visits as BullMQ jobs, outcomes in a stream. */
export async function openRedisEngine(spec: RedisEngineSpec, log: Log): Promise<Engine> {
  const redis = await connectRedis(spec.url, spec.patience, log);
  const frontier = new Frontier(redis, keysFor(spec.prefix));
  await frontier.load();
  return new RedisEngine(redis, frontier, await Unconfirmed.watch(redis, log), spec, log);
}

class RedisEngine implements Engine {
  readonly #redis: Redis;
  readonly #connections: Connections;
  readonly #keys: Keys;
  readonly #timings: RedisTimings;
  readonly #limits: RedisLimits;
  readonly #log: Log;
  readonly #frontier: Frontier;
  readonly #unconfirmed: Unconfirmed;
  readonly #options = new Map<RunId, RunOptions>();
  readonly #urls: Queue;
  readonly #visits: Queue<TicketData>;
  readonly #tickets: Tickets;
  #events: QueueEvents | undefined;
  #closed = false;

  constructor(
    redis: Redis,
    frontier: Frontier,
    unconfirmed: Unconfirmed,
    { prefix, timings = DEFAULT_TIMINGS, limits = DEFAULT_LIMITS }: RedisEngineSpec,
    log: Log,
  ) {
    this.#redis = redis;
    this.#connections = new Connections(redis);
    this.#keys = keysFor(prefix);
    this.#timings = timings;
    this.#limits = limits;
    this.#log = log;
    this.#frontier = frontier;
    this.#unconfirmed = unconfirmed;
    const options = { connection: redis, prefix: this.#keys.queuePrefix };
    this.#urls = new Queue(URLS_QUEUE, options);
    this.#visits = new Queue(VISITS_QUEUE, options);
    for (const queue of [this.#urls, this.#visits])
      queue.on('error', (error) => log.debug({ error: error.message }, `${queue.name}: ${error.message}`));
    this.#tickets = new Tickets(this.#visits, this.#frontier);
  }

  async openRun(options: RunOptions, id: RunId = newRunId(Date.now())): Promise<RunId> {
    await this.#unconfirmed.take(() => this.#frontier.open(id, options));
    return id;
  }

  async submit(run: RunId, batch: Batch): Promise<void> {
    const { number, firstLine, source } = batch;
    // What is wrong with a line that has credentials is said by whoever reads it; the credentials themselves do not travel.
    const lines = batch.lines.map(withoutSecrets);
    const digest = batchDigest({ ...batch, lines });
    while ((await this.#frontier.queuedBatches(run)) >= MAX_QUEUED_BATCHES) await sleep(QUEUE_LOOK_MS);
    // Should Redis lose the run, its first batch brings it back as it was.
    const options = await this.#optionsOf(run);
    const data = { run, batch: number, firstLine, lines, options, ...(source === undefined ? {} : { source }) };
    await this.#unconfirmed.take(async () => {
      await this.#promise(run, number, digest);
      await this.#urls.add('batch', data, { jobId: `${run}-b${number}`, removeOnComplete: true, removeOnFail: true });
    });
  }

  async #optionsOf(run: RunId): Promise<RunOptions> {
    const options = this.#options.get(run) ?? (await this.#frontier.options(run));
    this.#options.set(run, options);
    return options;
  }

  /** A number stands for one content, also while its job still waits. */
  async #promise(run: RunId, number: number, digest: string): Promise<void> {
    const promised = this.#keys.run(run, 'promised');
    await this.#redis.hsetnx(promised, String(number), digest);
    if ((await this.#redis.hget(promised, String(number))) !== digest) {
      throw new ConflictError(`batch ${number} of run ${run} was submitted before with other lines`);
    }
  }

  async seal(run: RunId, batches?: number): Promise<void> {
    if (batches === undefined) await this.#frontier.seal(run);
    else await this.#unconfirmed.take(() => this.#frontier.seal(run, batches));
  }

  async confirm(): Promise<void> {
    await this.#unconfirmed.confirm();
  }

  async restore(run: RunId, rows: LoggedRows): Promise<void> {
    await this.#frontier.restore(run, rows);
  }

  async pause(run: RunId): Promise<void> {
    await this.#frontier.steer(run, 'pause');
  }

  async resume(run: RunId): Promise<void> {
    await this.#frontier.steer(run, 'resume');
    await this.#tickets.wake(run);
  }

  async cancel(run: RunId): Promise<void> {
    await this.#frontier.steer(run, 'cancel');
    await this.#tickets.queue(run, [0]);
  }

  async remove(run: RunId): Promise<void> {
    const offered = await this.#frontier.remove(run);
    await Promise.all(offered.map((other) => this.#tickets.wake(other)));
  }

  async work(visitor: (visit: Visit) => Promise<void>, limits: WorkLimits, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const context = {
      redis: this.#redis,
      keys: this.#keys,
      frontier: this.#frontier,
      tickets: this.#tickets,
      timings: this.#timings,
      limits: this.#limits,
      log: this.#log,
    };
    const janitor = new Janitor(this.#frontier, this.#tickets, { name: limits.worker, slots: limits.concurrency }, this.#log);
    await janitor.start();
    const visits = new Visits({ ...context, queue: this.#visits }, visitor, limits);
    const ingest = new Ingest({ ...context, queue: this.#urls });
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await visits.stop();
    await within(CLOSE_MS, Promise.all([ingest.stop(), janitor.stop()]));
  }

  async claim(run: RunId, collector: Collector, as: 'fresh' | 'renew' = 'fresh'): Promise<'first' | 'again'> {
    return this.#frontier.claim(run, collector, as);
  }

  outcomes(run: RunId, from: Cursor, signal: AbortSignal): AsyncIterable<OutcomeBatch> {
    this.#events ??= this.#listen();
    return readOutcomeStream({ redis: this.#redis, keys: this.#keys, frontier: this.#frontier, events: this.#events }, run, from, signal);
  }

  #listen(): QueueEvents {
    const connection = this.#redis.duplicate({ ...CONNECTION, maxRetriesPerRequest: null });
    const events = new QueueEvents(VISITS_QUEUE, { connection, prefix: this.#keys.queuePrefix });
    events.setMaxListeners(0);
    events.on('error', (error) => this.#log.debug({ error: error.message }, `events: ${error.message}`));
    return events;
  }

  async release(run: RunId, upTo: Cursor, collector: Collector): Promise<void> {
    if (upTo !== '') await this.#frontier.release(run, upTo, collector);
  }

  async counts(run: RunId): Promise<RunCounts> {
    return this.#frontier.counts(run);
  }

  async throttled(): Promise<ThrottledOrigin[]> {
    return readThrottledOrigins(this.#redis, this.#keys, await this.#frontier.nowMs());
  }

  async options(run: RunId): Promise<RunOptions> {
    return this.#frontier.options(run);
  }

  async runs(): Promise<RunId[]> {
    return this.#redis.zrange(this.#keys.runs, 0, -1);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#tickets.close();
    // One that is away is not waited for.
    const patienceMs = this.#redis.status === 'ready' ? CLOSE_MS : 0;
    await within(patienceMs, Promise.allSettled([this.#urls.close(), this.#visits.close(), this.#events?.close()]));
    this.#connections.disconnect();
  }
}

/** A line whose URL holds `user:password@` is masked; its reader refuses it, and says what to do instead. */
function withoutSecrets(line: string): string {
  if (!line.includes('@')) return line;
  const seed = parseSeedLine(line);
  return seed.kind === 'url' && !hasCredentials(seed) ? line : maskCredentials(line);
}
