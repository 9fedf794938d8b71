import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { keysFor } from '../../src/engine/redis/keys.ts';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../src/model/log.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { engineContract } from './engine.contract.ts';

engineContract('redis', async () => {
  const url = await testRedis();
  const prefix = `contract-${randomUUID()}`;
  return {
    engine: await openRedisEngine({ url, prefix, patience: 'always' }, silentLog),
    lapse: async (run) => {
      const redis = new Redis(url);
      await redis.del(`${keysFor(prefix).base}run:${run}:lease`);
      await redis.quit();
    },
  };
});
