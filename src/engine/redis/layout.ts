import type { Redis } from 'ioredis';
import { RedisUnavailableError } from '../../model/errors.ts';
import { redisRemedy } from '../../model/redis-refusal.ts';
import type { Keys } from './keys.ts';

/**
 * The version of the keys and packed values in Redis. Raise it when the versions before and after a change cannot read each other's values.
 * Fields that are added at the end of a packed entry do not change it.
 */
export const LAYOUT = 1;

/**
 * Refuses a Redis whose runs have another layout, so that incompatible versions never share a run. The first process of
 * a deployment writes the version.
 *
 * @throws RedisUnavailableError that names both layouts and what to do
 */
export async function checkLayout(redis: Redis, { layout }: Pick<Keys, 'layout'>): Promise<void> {
  const found = await redis.get(layout);
  if (found === String(LAYOUT)) return;
  if (found === null) {
    await redis.setnx(layout, LAYOUT).catch((error: Error) => {
      // A Redis that is full or cannot save refuses writes, but runs must still be collected from it. Another process
      // will write the version.
      if (redisRemedy(error.message) === undefined) throw error;
    });
    return;
  }
  throw new RedisUnavailableError(
    `the runs on this Redis have layout ${found}, and this version of Trawl knows layout ${LAYOUT}: finish them with the version that began them, or use another --prefix`,
  );
}
