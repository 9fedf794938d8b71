import type { Log } from '../model/log.ts';
import type { RedisEngineSpec } from './engine-spec.ts';
import type { Schedules } from './schedules.ts';

/** Opens the schedules in a Redis. Rejects with RedisUnavailableError if it cannot be reached or is not fit for use. */
export async function openSchedules(spec: RedisEngineSpec, log: Log): Promise<Schedules> {
  const { openRedisSchedules } = await import('./redis/queues/schedules.ts');
  return openRedisSchedules(spec, log);
}
