import { randomUUID } from 'node:crypto';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../src/model/log.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { throttledContract } from './throttled.contract.ts';

throttledContract('memory', async () => createMemoryEngine());
throttledContract('redis', async () =>
  openRedisEngine({ url: await testRedis(), prefix: `throttled-${randomUUID()}`, patience: 'always' }, silentLog),
);
