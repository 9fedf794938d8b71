import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Log } from '../../../model/log.ts';
import { orAborted, within } from '../../../util/async.ts';
import type { RedisTimings } from '../../engine-spec.ts';
import { type Keys, ticksQueue } from '../keys.ts';
import { RestartingWorker, workerOptions } from '../visits/restarting-worker.ts';
import { bullmq } from './bullmq.ts';

const SCHEDULER = 'tick';
/** If a tick is this much later than the next one would have been, the scheduler is gone: Redis came back without its data. */
const LATE_MS = 2_000;
/** Time between two looks at whether Redis still has the scheduler. The next tick may be a day away. */
const CHECK_MS = 60_000;
const CLOSE_MS = 2_000;

interface TicksContext {
  redis: Redis;
  keys: Keys;
  timings: RedisTimings;
  log: Log;
  checkMs?: number;
}

/**
 * Yields at once, then every `everyMs` milliseconds, until `signal` aborts. The ticks are jobs of a BullMQ job scheduler with
 * its own queue. Ticks that a busy caller missed become one. If Redis loses the scheduler, or `trawl prune` removes it while
 * this process is suspended, it is made again within a minute, with a tick at once. At the end, scheduler and queue are
 * removed, unless Redis is away.
 */
export async function* scheduledTicks(
  { redis, keys, timings, log, checkMs = CHECK_MS }: TicksContext,
  name: string,
  everyMs: number,
  signal: AbortSignal,
): AsyncGenerator<void, void, void> {
  const queue = new bullmq.Queue(ticksQueue(name), { connection: redis, prefix: keys.queuePrefix });
  queue.on('error', (error) => log.debug({ event: 'queue-error', error: error.message }, `${queue.name}: ${error.message}`));
  const due = new Due();
  const worker = new RestartingWorker({
    queue,
    take: async () => due.raise(),
    worker: { ...workerOptions(redis, keys, timings), concurrency: 1 },
    listen: (one) =>
      one.on('error', (error) => log.debug({ event: 'queue-error', error: error.message }, `${queue.name}: ${error.message}`)),
    log,
  });
  const schedule = () => queue.upsertJobScheduler(SCHEDULER, { every: everyMs }, { name: SCHEDULER });
  // If the scheduler exists, this changes nothing. If Redis refuses, try again.
  const scheduleAgain = () =>
    schedule().catch((error: Error) => log.warn({ event: 'timer-failed', err: error }, `the timer ${name} failed: ${error.message}`));
  // If Redis is away, it is asked again later.
  const isScheduled = () =>
    queue.getJobScheduler(SCHEDULER).then(
      (found) => found !== undefined,
      () => true,
    );
  const lateMs = 2 * everyMs + LATE_MS;
  try {
    await orAborted(schedule(), signal);
    let waitedMs = 0;
    while (!signal.aborted) {
      const waitMs = Math.min(checkMs, lateMs - waitedMs);
      if (await due.wait(waitMs, signal)) {
        yield;
        waitedMs = 0;
        continue;
      }
      waitedMs += waitMs;
      if (signal.aborted || (waitedMs < lateMs && (await orAborted(isScheduled(), signal)))) continue;
      await orAborted(scheduleAgain(), signal);
      waitedMs = 0;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await within(CLOSE_MS, worker.close());
    await within(CLOSE_MS, removeQueue(queue));
    await within(CLOSE_MS, queue.close());
  }
}

/**
 * Names of the ticks whose process died without removing them: their next tick is overdue for more than `overdueMs`, and no worker of BullMQ watches their queue. It looks at all keys
 * of the Redis database, in small steps.
 */
export async function deadTicks(redis: Redis, { base, queuePrefix }: Keys, overdueMs: number, nowMs: number): Promise<string[]> {
  const queues = `${queuePrefix}:${ticksQueue('')}`;
  const names = new Set<string>();
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${queues.replace(/[*?[\]\\]/g, '\\$&')}*`, 'COUNT', 1_000);
    for (const key of keys) names.add(key.slice(queues.length).split(':', 1)[0] ?? '');
    cursor = next;
  } while (cursor !== '0');
  const dead: string[] = [];
  for (const name of [...names].sort()) {
    const queue = `${base}${ticksQueue(name)}`;
    const [dueMs, isWatched] = await Promise.all([redis.zscore(`${queue}:repeat`, SCHEDULER), redis.exists(`${queue}:stalled-check`)]);
    const isOverdue = dueMs === null || Number(dueMs) < nowMs - overdueMs;
    if (isOverdue && isWatched === 0) dead.push(name);
  }
  return dead;
}

/** Removes the scheduler and the queue of ticks. If their process lives after all, it makes them again. May be repeated. */
export async function removeTicks(redis: Redis, { queuePrefix }: Keys, name: string): Promise<void> {
  const queue = new bullmq.Queue(ticksQueue(name), { connection: redis, prefix: queuePrefix });
  // What fails is thrown by the calls below.
  queue.on('error', () => {});
  try {
    await removeQueue(queue);
  } finally {
    await within(CLOSE_MS, queue.close());
  }
}

async function removeQueue(queue: Queue): Promise<void> {
  await queue.removeJobScheduler(SCHEDULER);
  await queue.obliterate({ force: true });
}

/** Remembers that a tick is due. Several ticks become one. */
class Due {
  #isDue = false;
  #wake = () => {};

  raise(): void {
    this.#isDue = true;
    this.#wake();
  }

  /** Waits for a tick and takes it. False after the time, or when `signal` aborts. */
  async wait(limitMs: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#isDue && !signal.aborted) {
      const raised = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await within(limitMs, orAborted(raised, signal));
    }
    const wasDue = this.#isDue;
    this.#isDue = false;
    return wasDue && !signal.aborted;
  }
}
