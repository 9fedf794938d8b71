import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { silentLog } from '../../../src/core/log.ts';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import { batchOf, collectAll, done, runOptions, startCrew, until, urls } from '../../contracts/crew.ts';
import { startRedisServer, testRedis } from '../../helpers/redis-server.ts';

test('batches that come while Redis is full wait, and are taken when there is room', { timeout: 60_000 }, async (t) => {
  const server = await startRedisServer();
  t.after(() => server.stop());
  const engine = await openRedisEngine({ url: server.url, prefix: 'full', patience: 'always' }, silentLog);
  const redis = new Redis(server.url);
  t.after(() => Promise.all([engine.close(), redis.quit()]));
  const run = await engine.openRun(runOptions());
  for (let batch = 0; batch < 5; batch++) await engine.submit(run, batchOf(batch, urls(100, `h${batch}.test`), batch * 100 + 1));
  await engine.seal(run, 5);
  await redis.config('SET', 'maxmemory', '1mb');
  const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
  const refusals = async () => Number(/errorstat_OOM:count=(\d+)/.exec(await redis.info('errorstats'))?.[1] ?? 0);
  await until(async () => (await refusals()) >= 5, 'Redis to refuse what is asked of it');
  await redis.config('SET', 'maxmemory', '0');
  assert.equal((await collectAll(engine, run)).outcomes.length, 500);
  await crew.stop();
});

test('a run whose batches wait does not hold up the producer of another', async (t) => {
  const engine = await openRedisEngine({ url: await testRedis(), prefix: `producers-${randomUUID()}`, patience: 'always' }, silentLog);
  t.after(() => engine.close());
  const [first, second] = [await engine.openRun(runOptions()), await engine.openRun(runOptions())];
  // Nobody takes batches yet: the first run's queue fills up, and its next submit waits.
  let submitted = 0;
  const stuck = (async () => {
    for (let batch = 0; batch < 110; batch++) {
      await engine.submit(first, batchOf(batch, [`http://a.test/${batch}`], batch + 1));
      submitted++;
    }
  })();
  await until(() => submitted === 100, 'the first run to fill its queue');
  await engine.submit(second, batchOf(0, urls(3)));
  await engine.seal(second, 1);
  assert.equal(submitted, 100);
  const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
  assert.equal((await collectAll(engine, second)).outcomes.length, 3);
  await stuck;
  await engine.seal(first, 110);
  assert.equal((await collectAll(engine, first)).outcomes.length, 110);
  await crew.stop();
});
