import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { silentLog } from '../../../src/core/log.ts';
import { keysFor } from '../../../src/engine/redis/keys.ts';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import { batchOf, collectAll, outcomeOf, runOptions, startCrew, urls } from '../../contracts/crew.ts';
import { testRedis } from '../../helpers/redis-server.ts';

test('outcomes that hold much are settled a few at a time', { timeout: 60_000 }, async (t) => {
  const [url, prefix] = [await testRedis(), `large-${randomUUID()}`];
  const redis = new Redis(url);
  const engine = await openRedisEngine({ url, prefix, patience: 'always' }, silentLog);
  t.after(async () => {
    await engine.close();
    redis.disconnect();
  });
  const run = await engine.openRun(runOptions({ hostConcurrency: 1 }));
  const data = ['x'.repeat(200_000)];
  const crew = startCrew(engine, async (entry, visit) => ({ kind: 'outcome', outcome: outcomeOf(visit.run, entry, { data }) }));
  await engine.submit(run, batchOf(0, urls(100)));
  await engine.seal(run, 1);
  assert.equal((await collectAll(engine, run)).outcomes.length, 100);
  await crew.stop();
  const entries = await redis.xrange(keysFor(prefix).run(run, 'outcomes'), '-', '+');
  const longest = Math.max(...entries.map(([, fields]) => (fields[1] as string).length));
  assert.ok(longest < 500_000, `${longest} in one entry of the stream`);
  await engine.remove(run);
});
