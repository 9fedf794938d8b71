import { randomUUID } from 'node:crypto';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../src/model/log.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { linksContract } from './links.contract.ts';

linksContract('redis', async () =>
  openRedisEngine({ url: await testRedis(), prefix: `links-${randomUUID()}`, patience: 'always' }, silentLog),
);
