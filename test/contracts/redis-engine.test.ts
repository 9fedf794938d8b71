import { randomUUID } from 'node:crypto';
import { silentLog } from '../../src/core/log.ts';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { engineContract } from './engine.contract.ts';

engineContract('redis', async () =>
  openRedisEngine({ url: await testRedis(), prefix: `contract-${randomUUID()}`, patience: 'always' }, silentLog),
);
