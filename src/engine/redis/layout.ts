import type { Redis } from 'ioredis';
import { RedisUnavailableError } from '../../model/errors.ts';
import { redisRemedy } from '../../model/redis-refusal.ts';
import type { Keys } from './keys.ts';

/**
 * The version of the keys and packed values in Redis. Raise it when a process of the version before could no longer read them, or this one no longer reads what that one wrote.
 * Fields that are added at the end of a packed entry do not change it.
 */
export const LAYOUT = 1;

/**
 * Refuses a Redis whose runs were written in another layout, so that two versions that do not understand each other never share a run. The first process of a deployment writes the version down.
 *
 * @throws RedisUnavailableError that names both layouts and what to do
 */
export async function checkLayout(redis: Redis, { layout }: Pick<Keys, 'layout'>): Promise<void> {
  const found = await redis.get(layout);
  if (found === String(LAYOUT)) return;
  if (found === null) {
    await redis.setnx(layout, LAYOUT).catch((error: Error) => {
      // A Redis that is full or cannot save takes no writes, but has to be collected from. Another process will write it down.
      if (redisRemedy(error.message) === undefined) throw error;
    });
    return;
  }
  throw new RedisUnavailableError(
    `the runs on this Redis have layout ${found}, and this version of Trawl knows layout ${LAYOUT}: finish them with the version that began them, or use another --prefix`,
  );
}
