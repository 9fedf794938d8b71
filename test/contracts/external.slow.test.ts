import { randomUUID } from 'node:crypto';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../src/model/log.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { externalContract } from './external.contract.ts';

externalContract('memory', async () => createMemoryEngine());

externalContract('redis', async () =>
  openRedisEngine({ url: await testRedis(), prefix: `external-${randomUUID()}`, patience: 'always' }, silentLog),
);
