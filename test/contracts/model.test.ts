import { randomUUID } from 'node:crypto';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../src/model/log.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { modelContract } from './model.contract.ts';

modelContract('memory', async () => ({ hasState: false, open: async () => createMemoryEngine() }));

modelContract('redis', async () => {
  const spec = { url: await testRedis(), prefix: `model-${randomUUID()}`, patience: 'always' } as const;
  return { hasState: true, open: () => openRedisEngine(spec, silentLog) };
});
