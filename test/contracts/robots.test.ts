import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { keysFor } from '../../src/engine/redis/keys.ts';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../src/model/log.ts';
import { systemClock } from '../../src/util/clock.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { robotsContract } from './robots.contract.ts';

/** Redis's clock cannot be set, so the expiry of stored keys is moved closer instead. */
const SKIP = `
for _, key in ipairs(redis.call('KEYS', ARGV[1] .. 'robots*')) do
  local leftMs, value = redis.call('PTTL', key) - ARGV[2], redis.call('GET', key)
  value = value:gsub('^(%d+) ', function(untilMs) return untilMs - ARGV[2] .. ' ' end)
  if leftMs > 0 then redis.call('SET', key, value, 'PX', leftMs) else redis.call('DEL', key) end
end`;

robotsContract('memory', async () => {
  let skippedMs = 0;
  const clock = { wallMs: () => systemClock.wallMs(), monotonicMs: () => systemClock.monotonicMs() + skippedMs };
  return {
    engines: [createMemoryEngine({ clock })],
    skip: async (ms) => {
      skippedMs += ms;
    },
  };
});

robotsContract('redis', async () => {
  const url = await testRedis();
  const prefix = `robots-${randomUUID()}`;
  const open = () => openRedisEngine({ url, prefix, patience: 'always' }, silentLog);
  return {
    engines: [await open(), await open()],
    skip: async (ms) => {
      const redis = new Redis(url);
      await redis.eval(SKIP, 0, keysFor(prefix).base, ms);
      await redis.quit();
    },
  };
});
