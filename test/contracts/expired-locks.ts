import { Redis } from 'ioredis';
import { keysFor } from '../../src/engine/redis/keys.ts';

/** Makes all BullMQ job locks expire, as they do after ten seconds without renewal. */
export async function expireLocks(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url);
  const { queuePrefix } = keysFor(prefix);
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${queuePrefix}:*:lock`, 'COUNT', 1_000);
    cursor = next;
    if (keys.length > 0) await redis.del(keys);
  } while (cursor !== '0');
  await redis.quit();
}
