import type { WorkerOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import type { RedisTimings } from '../../engine-spec.ts';
import type { Keys } from '../keys.ts';

/**
 * What both consumers have in common. BullMQ's count of stalls is not a count of deaths (a lost reply raises it with nobody dead), so it never
 * fails a job here: an entry that kills its workers is found by its own strikes.
 */
export function workerOptions(redis: Redis, keys: Keys, timings: RedisTimings): WorkerOptions {
  return {
    connection: redis,
    prefix: keys.queuePrefix,
    lockDuration: timings.lockMs,
    stalledInterval: timings.stalledCheckMs,
    maxStalledCount: Number.MAX_SAFE_INTEGER,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
    // After a connection error the next try comes soon, not after BullMQ's 15 s.
    runRetryDelay: 1_000,
  };
}
