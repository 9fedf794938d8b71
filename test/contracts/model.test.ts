import { randomUUID } from 'node:crypto';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../src/model/log.ts';
import { type CuttableLine, startCuttableLine } from '../helpers/cuttable-line.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { expireLocks } from './expired-locks.ts';
import { modelContract } from './model.contract.ts';

modelContract('memory', async () => ({
  hasState: false,
  open: async () => createMemoryEngine(),
  // It has no data outside its process.
  crash: async () => {},
}));

modelContract('redis', async () => {
  const url = await testRedis();
  const prefix = `model-${randomUUID()}`;
  let line: CuttableLine | undefined;
  return {
    hasState: true,
    open: async () => {
      line = await startCuttableLine(Number(new URL(url).port));
      // Lost visits are looked for often, because the test makes their locks expire.
      const timings = { lockMs: 10_000, stalledCheckMs: 100 };
      const at = new URL(url);
      at.port = String(line.port);
      return openRedisEngine({ url: at.href, prefix, patience: 'always', timings }, silentLog);
    },
    crash: async () => {
      await line?.cut();
      await expireLocks(url, prefix);
    },
    expireLocks: () => expireLocks(url, prefix),
  };
});
