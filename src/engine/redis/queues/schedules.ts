import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { ConflictError, UsageError } from '../../../model/errors.ts';
import { type Log, silentLog } from '../../../model/log.ts';
import type { RunId } from '../../../model/run-id.ts';
import { within } from '../../../util/async.ts';
import type { RedisEngineSpec, RedisTimings } from '../../engine-spec.ts';
import { type DueTime, type KeptSchedule, NotDoneError, type Schedules, type Timetable } from '../../schedules.ts';
import { connectRedis } from '../connection/connection.ts';
import { Connections } from '../connection/connections.ts';
import { type Keys, keysFor, SCHEDULES_QUEUE } from '../keys.ts';
import { checkLayout } from '../layout.ts';
import { RestartingWorker, workerOptions } from '../visits/restarting-worker.ts';
import { bullmq } from './bullmq.ts';

const DEFAULT_TIMINGS: RedisTimings = { lockMs: 10_000, stalledCheckMs: 5_000 };
/** Due times that one process handles at a time. Most of that is waiting for downloads. */
const AT_ONCE = 4;
const CLOSE_MS = 2_000;

interface ScheduleJob {
  schedule: string;
}

/** Opens the schedules of a deployment, with connections of their own. Rejects like `openEngine`. */
export async function openRedisSchedules(spec: RedisEngineSpec, log: Log): Promise<Schedules> {
  // The worker's engine already reports a Redis that is away.
  const redis = await connectRedis({ ...spec, onlyWorks: true }, silentLog);
  const keys = keysFor(spec.prefix);
  try {
    await checkLayout(redis, keys);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  return new RedisSchedules(redis, keys, spec.timings ?? DEFAULT_TIMINGS, log);
}

/**
 * Schedules in Redis. Each has a BullMQ queue with a job scheduler, which adds one job for the next time. The job after that
 * is added when a worker takes it. So a time that comes while no worker is running waits, and later ones are skipped. What
 * the schedule starts, and its last run, are in a hash beside the queue.
 */
class RedisSchedules implements Schedules {
  readonly #redis: Redis;
  readonly #connections: Connections;
  readonly #keys: Keys;
  readonly #timings: RedisTimings;
  readonly #log: Log;
  readonly #queue: Queue<ScheduleJob>;

  constructor(redis: Redis, keys: Keys, timings: RedisTimings, log: Log) {
    this.#redis = redis;
    this.#connections = new Connections(redis);
    this.#keys = keys;
    this.#timings = timings;
    this.#log = log;
    this.#queue = new bullmq.Queue<ScheduleJob>(SCHEDULES_QUEUE, { connection: redis, prefix: keys.queuePrefix });
    this.#queue.on('error', (error) => log.debug({ event: 'queue-error', error: error.message }, `${SCHEDULES_QUEUE}: ${error.message}`));
  }

  async add(name: string, { cron, timezone }: Timetable, job: string, { isNew = false } = {}): Promise<'added' | 'replaced'> {
    if (isNew && (await this.#redis.hsetnx(this.#key(name), 'job', job)) === 0) throw new ConflictError(`schedule ${name} already exists`);
    const was = isNew ? {} : await this.#redis.hgetall(this.#key(name));
    const { job: wasJob, cron: wasCron = '', timezone: wasTimezone = '' }: Record<string, string> = was;
    // Write this before the first time can come.
    await this.#redis.hset(this.#key(name), { job, cron, timezone });
    try {
      const made = await this.#queue.upsertJobScheduler(name, { pattern: cron, tz: timezone }, { name, data: { schedule: name } });
      if (made === undefined) throw new Error('no such time ever comes');
    } catch (error) {
      // The schedule that was there continues as it was.
      if (wasJob === undefined) await this.#redis.del(this.#key(name));
      else await this.#redis.hset(this.#key(name), { job: wasJob, cron: wasCron, timezone: wasTimezone });
      throw new UsageError(`--cron ${JSON.stringify(cron)}: ${(error as Error).message}`, { cause: error });
    }
    return wasJob === undefined ? 'added' : 'replaced';
  }

  async list(): Promise<KeptSchedule[]> {
    const schedulers = await this.#queue.getJobSchedulers(0, -1, true);
    const kept = await Promise.all(
      schedulers.map(async ({ key: name, next }): Promise<KeptSchedule | undefined> => {
        const { job, cron, timezone, run, note } = await this.#redis.hgetall(this.#key(name));
        if (job === undefined || cron === undefined || timezone === undefined) return undefined;
        return {
          ...{ name, cron, timezone, job },
          ...(next !== undefined && { nextMs: next }),
          ...(run && { run }),
          ...(note !== undefined && { note }),
        };
      }),
    );
    return kept.filter((schedule) => schedule !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async remove(name: string): Promise<boolean> {
    const removed = await this.#queue.removeJobScheduler(name);
    return (await this.#redis.del(this.#key(name))) === 1 || removed;
  }

  async trigger(name: string, nowMs: number): Promise<boolean> {
    if ((await this.#redis.hexists(this.#key(name), 'job')) === 0) return false;
    // A second trigger in the same second has no effect.
    await this.#queue.add(name, { schedule: name }, { jobId: `now-${name}-${Math.floor(nowMs / 1_000)}` });
    return true;
  }

  async watch(take: (due: DueTime) => Promise<void>, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const worker = new RestartingWorker<ScheduleJob>({
      queue: this.#queue,
      take: (job) => this.#take(job, take),
      worker: { ...workerOptions(this.#redis, this.#keys, this.#timings), concurrency: AT_ONCE },
      listen: (one) => {
        one.on('error', (error) => this.#log.debug({ event: 'queue-error', error: error.message }, `${SCHEDULES_QUEUE}: ${error.message}`));
        one.on('failed', (job, error) =>
          this.#log.error(
            { event: 'schedule-failed', schedule: job?.data.schedule, err: error },
            `schedule ${job?.data.schedule} did not start a run: ${error.message}`,
          ),
        );
      },
      log: this.#log,
    });
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await within(CLOSE_MS, worker.close());
  }

  async close(): Promise<void> {
    await within(this.#redis.status === 'ready' ? CLOSE_MS : 0, this.#queue.close());
    this.#connections.disconnect();
  }

  async #take({ id = '', data: { schedule }, timestamp }: Job<ScheduleJob>, take: (due: DueTime) => Promise<void>): Promise<void> {
    const key = this.#key(schedule);
    const { job, run = '', previous, ticket, done } = await this.#redis.hgetall(key);
    // It was removed, or a process handled this time but could not tell BullMQ.
    if (job === undefined || (ticket === id && done === '1')) return;
    const isBegun = ticket === id && run !== '';
    const last = isBegun ? previous : run || undefined;
    const byTime = /:(\d+)$/.exec(id)?.[1];
    const due: DueTime = {
      ...{ schedule, job },
      dueMs: Number(byTime ?? timestamp),
      by: byTime === undefined ? 'hand' : 'time',
      ...(last !== undefined && { last }),
      ...(isBegun && { begun: { run, ...(previous !== undefined && { previous }) } }),
      begin: (next) => this.#begin(key, id, next, last),
      abandon: (note) => this.#change(key, { run: last ?? '', note }),
      note: (note) => this.#change(key, { note }),
    };
    try {
      await take(due);
      if ((await this.#redis.hget(key, 'ticket')) === id) await this.#redis.hset(key, { done: 1 });
    } catch (error) {
      // The job stays active without a worker. When its lock has expired, another worker takes it over.
      if (error instanceof NotDoneError) throw new bullmq.WaitingError();
      throw error;
    }
  }

  async #begin(key: string, ticket: string, run: RunId, last: RunId | undefined): Promise<boolean> {
    return (await this.#redis.eval(BEGIN, 1, key, ticket, run, last ?? '')) === 1;
  }

  /** Does nothing for a schedule that was removed meanwhile: writing would bring a part of it back. */
  async #change(key: string, fields: Record<string, string>): Promise<void> {
    if ((await this.#redis.hexists(key, 'job')) === 1) await this.#redis.hset(key, fields);
  }

  #key(name: string): string {
    return `${this.#keys.base}schedule:${name}`;
  }
}

/**
 * Records the begun run, if the schedule still exists and no other run was begun meanwhile.
 *
 * KEYS  the hash of the schedule
 * ARGV  ticket, run, the run before it or ''
 */
const BEGIN = `
if redis.call('HEXISTS', KEYS[1], 'job') == 0 then return 0 end
if (redis.call('HGET', KEYS[1], 'run') or '') ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], 'ticket', ARGV[1], 'run', ARGV[2], 'done', 0)
redis.call('HDEL', KEYS[1], 'note', 'previous')
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'previous', ARGV[3]) end
return 1
`;
