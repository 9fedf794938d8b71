import type { Queue, QueueEvents } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Log } from '../../model/log.ts';
import { newRunId, type RunId } from '../../model/run-id.ts';
import type { RunOptions } from '../../model/run-options.ts';
import { orAborted, within } from '../../util/async.ts';
import type { Batch } from '../batch.ts';
import type { Collector, Cursor, OutcomeBatch } from '../collecting.ts';
import type { Engine } from '../engine.ts';
import type { RedisEngineSpec, RedisLimits, RedisTimings } from '../engine-spec.ts';
import type { Backlog, EngineFacts, ThrottledOrigin, WaitingOrigin } from '../facts.ts';
import type { LoggedRows } from '../rules/logged-rows.ts';
import type { RunCounts } from '../run-counts.ts';
import type { Visit, WorkLimits } from '../visit.ts';
import { CONNECTION, connectRedis } from './connection/connection.ts';
import { Connections } from './connection/connections.ts';
import { readFacts, readThrottledOrigins, readWaitingOrigins } from './engine-facts.ts';
import { Frontier } from './frontier/frontier.ts';
import { Janitor } from './frontier/janitor.ts';
import { LaneAudit } from './frontier/lane-audit.ts';
import { type Keys, keysFor, URLS_QUEUE, VISITS_QUEUE } from './keys.ts';
import { checkLayout } from './layout.ts';
import { BatchQueue } from './queues/batch-queue.ts';
import { bullmq } from './queues/bullmq.ts';
import { DurabilityBuffer } from './queues/durability-buffer.ts';
import { Ingest } from './queues/ingest.ts';
import { jobTracing } from './queues/job-tracing.ts';
import { readOutcomeStream } from './queues/outcome-stream.ts';
import { deadTicks, removeTicks, scheduledTicks } from './queues/scheduled-ticks.ts';
import { Activity } from './visits/activity.ts';
import { type TicketData, Tickets } from './visits/tickets.ts';
import { Visits } from './visits/visits.ts';

/** Time limit for the last commands to Redis when closing. */
const CLOSE_MS = 2_000;

/** A killed worker's entries are visited again within 15 s. With BullMQ's defaults, 30 s each, it would be a minute. */
const DEFAULT_TIMINGS: RedisTimings = { lockMs: 10_000, stalledCheckMs: 5_000 };
// chaos: run-limits
const DEFAULT_LIMITS: RedisLimits = { maxWaiting: 500_000, maxUnreleased: 250_000, maxStoredBytes: 256_000_000 };

/** The engine for any number of processes: the frontier in Lua scripts, visits as BullMQ jobs, outcomes in a stream. */
export async function openRedisEngine(spec: RedisEngineSpec, log: Log): Promise<Engine> {
  const redis = await connectRedis(spec, log);
  const keys = keysFor(spec.prefix);
  const frontier = new Frontier(redis, keys);
  try {
    await frontier.load();
    await checkLayout(redis, keys);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  return new RedisEngine(redis, frontier, await DurabilityBuffer.watch(redis, log), spec, log);
}

class RedisEngine implements Engine {
  readonly #redis: Redis;
  readonly #connections: Connections;
  readonly #keys: Keys;
  readonly #timings: RedisTimings;
  readonly #limits: RedisLimits;
  readonly #log: Log;
  readonly #frontier: Frontier;
  readonly #durability: DurabilityBuffer;
  readonly #batches: BatchQueue;
  readonly #urls: Queue;
  readonly #visits: Queue<TicketData>;
  readonly #tickets: Tickets;
  #events: QueueEvents | undefined;
  #closed = false;

  constructor(
    redis: Redis,
    frontier: Frontier,
    durability: DurabilityBuffer,
    { prefix, patience, timings = DEFAULT_TIMINGS, limits = DEFAULT_LIMITS }: RedisEngineSpec,
    log: Log,
  ) {
    this.#redis = redis;
    this.#connections = new Connections(redis);
    this.#keys = keysFor(prefix);
    this.#timings = timings;
    this.#limits = limits;
    this.#log = log;
    this.#frontier = frontier;
    this.#durability = durability;
    const options = { connection: redis, prefix: this.#keys.queuePrefix, ...jobTracing() };
    this.#urls = new bullmq.Queue(URLS_QUEUE, options);
    this.#visits = new bullmq.Queue(VISITS_QUEUE, options);
    for (const queue of [this.#urls, this.#visits])
      queue.on('error', (error) => log.debug({ event: 'queue-error', error: error.message }, `${queue.name}: ${error.message}`));
    this.#tickets = new Tickets(this.#visits, this.#frontier, log);
    this.#batches = new BatchQueue({ redis, queue: this.#urls, frontier, durability, patience, limits, log });
  }

  async openRun(options: RunOptions, id: RunId = newRunId(Date.now())): Promise<RunId> {
    await this.#durability.take(() => this.#frontier.open(id, options));
    return id;
  }

  async submit(run: RunId, batch: Batch): Promise<void> {
    await this.#batches.submit(run, batch);
  }

  async seal(run: RunId, batches?: number): Promise<void> {
    if (batches === undefined) await this.#frontier.seal(run, '');
    else await this.#durability.take(() => this.#frontier.seal(run, batches));
    this.#batches.forget(run);
  }

  async confirm(): Promise<void> {
    await this.#durability.confirm();
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
    let ingest: Ingest | undefined;
    let visits: Visits | undefined;
    const activity = new Activity(() => visits?.busy ?? 0);
    const worker = { name: limits.worker, slots: limits.concurrency, activity: () => activity.report() };
    const audit = new LaneAudit(this.#redis, this.#keys, this.#frontier, this.#log);
    const janitor = new Janitor(this.#frontier, this.#tickets, audit, worker, (run) => ingest?.watch(run), this.#log);
    try {
      // While Redis is away, the first round waits for it. A stop must not.
      await orAborted(janitor.start(), signal);
    } catch {
      await within(CLOSE_MS, janitor.stop());
      return;
    }
    visits = new Visits({ ...context, queue: this.#visits, activity }, visitor, limits);
    ingest = new Ingest({ ...context, queue: this.#urls });
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

  async leave(run: RunId, collector: Collector): Promise<void> {
    await this.#frontier.claim(run, collector, 'leave');
  }

  outcomes(run: RunId, from: Cursor, signal: AbortSignal): AsyncIterable<OutcomeBatch> {
    this.#events ??= this.#listen();
    return readOutcomeStream({ redis: this.#redis, keys: this.#keys, frontier: this.#frontier, events: this.#events }, run, from, signal);
  }

  #listen(): QueueEvents {
    const connection = this.#redis.duplicate({ ...CONNECTION, maxRetriesPerRequest: null });
    const events = new bullmq.QueueEvents(VISITS_QUEUE, { connection, prefix: this.#keys.queuePrefix });
    events.setMaxListeners(0);
    events.on('error', (error) => this.#log.debug({ event: 'queue-error', error: error.message }, `events: ${error.message}`));
    return events;
  }

  async release(run: RunId, upTo: Cursor, collector: Collector): Promise<void> {
    if (upTo !== '') await this.#frontier.release(run, upTo, collector);
  }

  async counts(run: RunId): Promise<RunCounts> {
    return this.#frontier.counts(run);
  }

  async leastMs(run: RunId): Promise<number> {
    const { hostIntervalMs } = await this.#frontier.options(run);
    return hostIntervalMs === 0 ? 0 : (await this.#frontier.longestBacklog(run)) * hostIntervalMs;
  }

  async throttled(): Promise<ThrottledOrigin[]> {
    return readThrottledOrigins(this.#redis, this.#keys, await this.#frontier.nowMs());
  }

  async workers(): Promise<number> {
    return this.#frontier.workers();
  }

  async backlog(run: RunId): Promise<Backlog> {
    const nowMs = await this.#frontier.nowMs();
    const [ready, unsorted, queuedBatches] = await Promise.all([
      this.#redis.zcount(this.#keys.run(run, 'ready'), '-inf', nowMs),
      this.#redis.llen(this.#keys.run(run, 'unsorted')),
      this.#redis.zcard(this.#keys.run(run, 'storedOrder')),
    ]);
    return { readyOrigins: ready + unsorted, queuedBatches };
  }

  async waitingOrigins(run: RunId, most: number): Promise<WaitingOrigin[]> {
    return readWaitingOrigins(this.#redis, this.#keys, run, most, await this.#frontier.nowMs());
  }

  async collectors(runs: readonly RunId[]): Promise<Array<string | undefined>> {
    if (runs.length === 0) return [];
    const holders = await this.#redis.mget(runs.map((run) => this.#keys.run(run, 'lease')));
    return holders.map((holder) => holder ?? undefined);
  }

  async newestRuns(most: number): Promise<{ total: number; newest: RunId[] }> {
    const [total, newest] = await Promise.all([this.#redis.zcard(this.#keys.runs), this.#redis.zrevrange(this.#keys.runs, 0, most - 1)]);
    return { total, newest };
  }

  async facts(): Promise<EngineFacts> {
    return readFacts(this.#redis, this.#keys, await this.#frontier.nowMs());
  }

  async options(run: RunId): Promise<RunOptions> {
    return this.#frontier.options(run);
  }

  ticks(name: string, everyMs: number, signal: AbortSignal): AsyncIterable<void> {
    return scheduledTicks({ redis: this.#redis, keys: this.#keys, timings: this.#timings, log: this.#log }, name, everyMs, signal);
  }

  async deadTicks(overdueMs: number): Promise<string[]> {
    return deadTicks(this.#redis, this.#keys, overdueMs, await this.#frontier.nowMs());
  }

  async removeTicks(name: string): Promise<void> {
    await removeTicks(this.#redis, this.#keys, name);
  }

  async runs(): Promise<RunId[]> {
    return this.#redis.zrange(this.#keys.runs, 0, -1);
  }

  async uncollected(runs: readonly RunId[], by?: string): Promise<RunId[]> {
    return this.#frontier.uncollected(runs, by);
  }

  async attend(collector: string, runs?: number): Promise<number> {
    return this.#frontier.attend(collector, runs);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#tickets.close();
    // Do not wait for a Redis that is away.
    const patienceMs = this.#redis.status === 'ready' ? CLOSE_MS : 0;
    await within(patienceMs, Promise.allSettled([this.#urls.close(), this.#visits.close(), this.#events?.close()]));
    this.#connections.disconnect();
  }
}
