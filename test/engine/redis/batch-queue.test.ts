import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { ConflictError } from '../../../src/core/errors.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { Patience } from '../../../src/engine/engine-spec.ts';
import { earlierDigest } from '../../../src/engine/redis/ingest.ts';
import { keysFor } from '../../../src/engine/redis/keys.ts';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import { batchOf, runOptions, until, urls } from '../../contracts/crew.ts';
import { startRedisServer } from '../../helpers/redis-server.ts';

async function open(t: TestContext, patience: Patience) {
  const server = await startRedisServer();
  t.after(() => server.stop());
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (_: object, message: string) => void warnings.push(message) };
  const engine = await openRedisEngine({ url: server.url, prefix: 'batches', patience }, log);
  const redis = new Redis(server.url);
  t.after(() => Promise.all([engine.close(), redis.quit()]));
  return { engine, redis, warnings };
}

test('while Redis takes no writes, a crawl that has begun waits with its batches, and says so once; a short command fails', async (t) => {
  for (const patience of ['once-begun', 'none'] as const) {
    const { engine, redis, warnings } = await open(t, patience);
    const run = await engine.openRun(runOptions());
    await redis.config('SET', 'min-replicas-to-write', '1');
    const submitting = engine.submit(run, batchOf(0, urls(3)));
    if (patience === 'none') {
      await assert.rejects(submitting, /NOREPLICAS/);
      continue;
    }
    const refusals = async () => Number(/errorstat_NOREPLICAS:count=(\d+)/.exec(await redis.info('errorstats'))?.[1] ?? 0);
    await until(async () => (await refusals()) >= 2, 'two refusals');
    await redis.config('SET', 'min-replicas-to-write', '0');
    await submitting;
    assert.equal(warnings.filter((message) => message.includes('the producer waits')).length, 1);
  }
});

test('a producer whose batches nobody takes is told what it waits for', async (t) => {
  const { engine, warnings } = await open(t, 'none');
  const run = await engine.openRun(runOptions());
  for (let batch = 0; batch < 100; batch++) await engine.submit(run, batchOf(batch, ['http://a.test/'], batch + 1));
  engine.submit(run, batchOf(100, ['http://a.test/'], 101)).catch(() => {});
  await until(() => warnings.some((message) => message.includes('`trawl worker` starts one')), 'the producer to be told');
});

test('a batch that an earlier version submitted, with a named host, is the same batch still', async (t) => {
  const { engine, redis } = await open(t, 'none');
  const run = await engine.openRun(runOptions());
  const batch = { ...batchOf(0, ['http://a.test/']), namedHost: 'a.test' };
  await redis.hset(keysFor('batches').run(run, 'promised'), '0', earlierDigest(batch));
  await engine.submit(run, batch);
  await assert.rejects(engine.submit(run, { ...batch, lines: ['http://b.test/'] }), ConflictError);
});
