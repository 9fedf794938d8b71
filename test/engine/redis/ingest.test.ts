import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { silentLog } from '../../../src/core/log.ts';
import { Frontier } from '../../../src/engine/redis/frontier.ts';
import { Ingest } from '../../../src/engine/redis/ingest.ts';
import { keysFor, URLS_QUEUE, VISITS_QUEUE } from '../../../src/engine/redis/keys.ts';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import { Tickets } from '../../../src/engine/redis/tickets.ts';
import { batchOf, collectAll, done, runOptions, startCrew, until, urls } from '../../contracts/crew.ts';
import { startRedisServer, testRedis } from '../../helpers/redis-server.ts';

test('batches that come while Redis is full wait, and are taken when there is room', async (t) => {
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

test('that Redis refuses batches is said once, with what to do', async (t) => {
  const redis = new Redis(await testRedis(), { maxRetriesPerRequest: null });
  const keys = keysFor(`refused-${randomUUID()}`);
  const frontier = new Frontier(redis, keys);
  const queue = new Queue(URLS_QUEUE, { connection: redis, prefix: keys.queuePrefix });
  const push = frontier.push.bind(frontier);
  let refusals = 0;
  frontier.push = async (...args) => {
    if (++refusals <= 3) throw new Error("OOM command not allowed when used memory > 'maxmemory'. script: 0123");
    return push(...args);
  };
  const said: string[] = [];
  const log = { ...silentLog, warn: (_: object, message: string) => void said.push(message) };
  const ingest = new Ingest({
    redis,
    keys,
    queue,
    frontier,
    tickets: new Tickets(new Queue(VISITS_QUEUE, { connection: redis, prefix: keys.queuePrefix }), frontier),
    timings: { lockMs: 10_000, stalledCheckMs: 5_000 },
    limits: { maxWaiting: 1_000, maxUnreleased: 1_000 },
    log,
  });
  t.after(async () => {
    await ingest.stop();
    redis.disconnect();
  });
  await frontier.open('refused', runOptions());
  for (let batch = 0; batch < 3; batch++) await queue.add('batch', { run: 'refused', batch, lines: [`http://a.test/${batch}`] });
  await until(async () => (await frontier.counts('refused')).accepted === 3, 'all batches');
  assert.deepEqual(said, [
    'batches wait, Redis refuses them: its memory is full: raise maxmemory, or let a collector and workers drain it',
  ]);
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
