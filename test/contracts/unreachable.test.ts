import { randomUUID } from 'node:crypto';
import { silentLog } from '../../src/core/log.ts';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { unreachableContract } from './unreachable.contract.ts';

unreachableContract('memory', async () => createMemoryEngine());
unreachableContract('redis', async () =>
  openRedisEngine({ url: await testRedis(), prefix: `unreachable-${randomUUID()}`, patience: 'always' }, silentLog),
);
