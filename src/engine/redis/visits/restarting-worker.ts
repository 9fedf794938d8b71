import type { Job, Queue, Worker, WorkerOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Log } from '../../../model/log.ts';
import { redisRemedy } from '../../../model/redis-refusal.ts';
import { within } from '../../../util/async.ts';
import type { RedisTimings } from '../../engine-spec.ts';
import type { Keys } from '../keys.ts';
import { bullmq } from '../queues/bullmq.ts';

/** How often to check whether jobs wait although none is taken. After this many such checks in a row, the worker is replaced. */
const LOOK_MS = 5_000;
const STUCK_LOOKS = 3;
const CLOSE_MS = 2_000;
/** If Redis refuses, BullMQ asks again at once, thousands of times a second. We pause it for this long. */
const REFUSED_REST_MS = 1_000;

interface RestartingWorkerOptions<Data> {
  queue: Queue<Data>;
  take: (job: Job<Data>) => Promise<void>;
  worker: WorkerOptions & { concurrency: number };
  /** Called with each worker that is made. */
  listen: (worker: Worker<Data>) => void;
  log: Log;
  lookMs?: number;
}

/**
 * A BullMQ worker that is replaced when it takes no more jobs. BullMQ 6.0 to 6.2 hung for ever after Redis had been away for
 * more than 6 s. The current version does not, which a test checks. But nobody would notice a hanging worker: its process
 * lives, and its run never ends.
 */
export class RestartingWorker<Data> {
  readonly #options: RestartingWorkerOptions<Data>;
  #timer: NodeJS.Timeout | undefined;
  #worker: Worker<Data>;
  readonly #active = new Set<Promise<void>>();
  /** Jobs taken so far, and at the last check. */
  #taken = 0;
  #takenBefore = 0;
  #stuckLooks = 0;
  #closed = false;
  #concurrency: number;
  /** It is paused until then, because Redis refused. */
  #rest: NodeJS.Timeout | undefined;

  constructor(options: RestartingWorkerOptions<Data>) {
    this.#options = options;
    this.#concurrency = options.worker.concurrency;
    this.#worker = this.#build();
    this.#schedule();
  }

  /** Takes no more jobs. Resolves when the active ones are done. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#rest);
    await this.#worker.close();
    // While Redis is away, BullMQ does not wait for active jobs.
    await Promise.allSettled(this.#active);
  }

  /** Changes the number of jobs at a time. Active jobs continue. */
  set concurrency(jobs: number) {
    this.#concurrency = jobs;
    this.#worker.concurrency = jobs;
  }

  #build(): Worker<Data> {
    const { queue, worker: options, listen } = this.#options;
    const worker = new bullmq.Worker<Data>(queue.name, (job) => this.#take(job), { ...options, concurrency: this.#concurrency });
    listen(worker);
    worker.on('error', (error) => this.#restIfRefused(worker, error));
    return worker;
  }

  async #take(job: Job<Data>): Promise<void> {
    this.#taken++;
    const taking = this.#options.take(job);
    this.#active.add(taking);
    try {
      await taking;
    } finally {
      this.#active.delete(taking);
    }
  }

  #restIfRefused(worker: Worker<Data>, error: Error): void {
    if (redisRemedy(error.message) === undefined || this.#rest !== undefined || this.#closed) return;
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      void worker.resume();
    }, REFUSED_REST_MS);
    worker
      .pause(true)
      .catch((error: Error) =>
        this.#options.log.debug({ event: 'pause-failed', err: error }, `a worker could not be paused: ${error.message}`),
      );
  }

  /** Schedules the next check after this one has ended. While Redis is away, a check waits for it. */
  #schedule(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(async () => {
      await this.#look();
      this.#schedule();
    }, this.#options.lookMs ?? LOOK_MS);
  }

  async #look(): Promise<void> {
    const { queue, log } = this.#options;
    const waiting = await queue.getWaitingCount().catch(() => 0);
    if (this.#closed) return;
    const isStuck = waiting > 0 && this.#taken === this.#takenBefore && this.#active.size < this.#concurrency && this.#rest === undefined;
    this.#takenBefore = this.#taken;
    this.#stuckLooks = isStuck ? this.#stuckLooks + 1 : 0;
    if (this.#stuckLooks < STUCK_LOOKS) return;
    this.#stuckLooks = 0;
    log.warn(
      { event: 'queue-stuck', queue: queue.name, waiting },
      `jobs wait in the queue ${queue.name}, but its worker takes none: restarting the worker`,
    );
    const stuck = this.#worker;
    this.#worker = this.#build();
    await within(CLOSE_MS, stuck.close(true));
  }
}

/**
 * Options of both consumers. BullMQ's count of stalls is not a count of deaths, because a lost reply raises it too. So it
 * never fails a job here. Entries that kill their workers are found by their own strikes.
 */
export function workerOptions(redis: Redis, keys: Keys, timings: RedisTimings): WorkerOptions {
  return {
    connection: redis,
    prefix: keys.queuePrefix,
    lockDuration: timings.lockMs,
    stalledInterval: timings.stalledCheckMs,
    // chaos: stalled-jobs
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    // After a connection error, try again soon, not after BullMQ's 15 s.
    runRetryDelay: 1_000,
  };
}
