import { randomUUID } from 'node:crypto';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../src/model/log.ts';
import { type CuttableLine, startCuttableLine } from '../helpers/cuttable-line.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { expireLocks } from './expired-locks.ts';
import type { Restartable } from './model.contract.ts';

/** Engines on one Redis deployment. Each has its own connection to Redis, which a crash cuts. */
export async function redisForModel(): Promise<Restartable> {
  const url = await testRedis();
  const prefix = `model-${randomUUID()}`;
  let line: CuttableLine | undefined;
  return {
    hasState: true,
    open: async () => {
      line = await startCuttableLine(Number(new URL(url).port));
      // Lost visits are checked for often, because the test makes their locks expire.
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
}
