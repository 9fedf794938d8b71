import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import type { Patience, RedisLimits } from '../../../../src/engine/engine-spec.ts';
import { keysFor } from '../../../../src/engine/redis/keys.ts';
import { earlierDigest } from '../../../../src/engine/redis/queues/ingest.ts';
import { openRedisEngine } from '../../../../src/engine/redis/redis-engine.ts';
import { ConflictError } from '../../../../src/model/errors.ts';
import { silentLog } from '../../../../src/model/log.ts';
import { batchOf, done, runOptions, startCrew, until, urls } from '../../../contracts/crew.ts';
import { startRedisServer } from '../../../helpers/redis-server.ts';

async function open(t: TestContext, patience: Patience, limits?: RedisLimits, args: string[] = []) {
  const server = await startRedisServer({ args });
  t.after(() => server.stop());
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (_: object, message: string) => void warnings.push(message) };
  const engine = await openRedisEngine({ url: server.url, prefix: 'batches', patience, ...(limits && { limits }) }, log);
  const redis = new Redis(server.url);
  t.after(() => Promise.all([engine.close(), redis.quit()]));
  return { engine, redis, warnings };
}

test('while Redis refuses writes, a running crawl waits with its batches and logs it once, and a short command fails', async (t) => {
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
    assert.equal(warnings.filter((message) => message.includes('the producer is waiting')).length, 1);
  }
});

const LIMITS: RedisLimits = { maxWaiting: 10, maxUnreleased: 10, maxStoredBytes: 5_000 };

for (const [what, state, told] of [
  ['whose batches no worker takes', {}, 'start one with `trawl worker`'],
  ['of a run that is paused', { paused: true }, '`trawl resume r`'],
  ['of a run with the maximum number of waiting URLs', { accepted: 10 }, '10 URLs wait before them'],
  ['of a run that nobody collects', { accepted: 10, settled: 10 }, 'start one with `trawl collect r`'],
] as const) {
  test(`a producer ${what} learns what it waits for`, async (t) => {
    const { engine, redis, warnings } = await open(t, 'none', LIMITS);
    const run = await engine.openRun(runOptions(), 'r');
    const { paused, ...counts } = { paused: false, ...state };
    if (paused) await engine.pause(run);
    await redis.hset('{batches}:run:r:counts', 'submitted', 0, ...Object.entries(counts).flat());
    let submitted = 0;
    const submitting = (async () => {
      for (; submitted < 20; submitted++) await engine.submit(run, batchOf(submitted, ['http://a.test/'], submitted + 1));
    })();
    submitting.catch(() => {});
    const said = () =>
      warnings.find((message) =>
        message.startsWith('the producer is waiting: the batches of run r use 0.0 MB of Redis, which is the limit; '),
      );
    await until(() => said() !== undefined, 'the warning to the producer');
    assert.ok(said()?.includes(told), said());
    assert.ok(submitted > 1 && submitted < 20, `${submitted} batches`);
  });
}

test('stored batches take at most a quarter of a Redis with a memory limit', async (t) => {
  const { engine, redis } = await open(t, 'none', undefined, ['--maxmemory', '8mb']);
  const run = await engine.openRun(runOptions(), 'r');
  const stored = async () => Number(await redis.hget('{batches}:run:r:counts', 'storedBytes'));
  await redis.hset('{batches}:run:r:counts', 'storedBytes', 2 ** 21);
  let isIn = false;
  const submitting = engine.submit(run, batchOf(0, ['http://a.test/'])).then(() => {
    isIn = true;
  });
  await until(async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1]) > 3, 'some looks');
  assert.equal(isIn, false);
  await redis.hset('{batches}:run:r:counts', 'storedBytes', 0);
  await submitting;
  assert.ok((await stored()) > 0);
});

test('a repeated batch is stored once, even after it was pushed', async (t) => {
  const { engine, redis } = await open(t, 'once-begun');
  const run = await engine.openRun(runOptions(), 'r');
  const stored = async () => [await redis.hlen('{batches}:run:r:stored'), await redis.zcard('{batches}:run:r:storedOrder')];
  for (let time = 0; time < 2; time++) await engine.submit(run, batchOf(0, urls(100)));
  assert.deepEqual(await stored(), [1, 1]);
  assert.equal(await redis.llen('{batches}:urls:wait'), 1);
  await assert.rejects(engine.submit(run, batchOf(0, urls(101))), /submitted before with other lines/);
  const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
  t.after(() => crew.stop());
  await until(async () => (await engine.counts(run)).settled === 100, 'its URLs');
  assert.deepEqual([...(await stored()), await redis.hget('{batches}:run:r:counts', 'storedBytes')], [0, 0, '0']);
  await engine.submit(run, batchOf(0, urls(100)));
  assert.deepEqual(await stored(), [0, 0]);
});

test('a batch submitted by an earlier version, with a named host, is still the same batch', async (t) => {
  const { engine, redis } = await open(t, 'none');
  const run = await engine.openRun(runOptions());
  const batch = { ...batchOf(0, ['http://a.test/']), namedHost: 'a.test' };
  await redis.hset(keysFor('batches').run(run, 'promised'), '0', earlierDigest(batch));
  await engine.submit(run, batch);
  await assert.rejects(engine.submit(run, { ...batch, lines: ['http://b.test/'] }), ConflictError);
});
