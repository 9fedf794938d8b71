import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { keysFor } from '../../../../src/engine/redis/keys.ts';
import { removeTicks, scheduledTicks } from '../../../../src/engine/redis/queues/scheduled-ticks.ts';
import { openRedisEngine } from '../../../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../../../src/model/log.ts';
import { startRedisServer, testRedis } from '../../../helpers/redis-server.ts';
import { until } from '../../../helpers/until.ts';

async function keysOf(url: string, prefix: string): Promise<string[]> {
  const redis = new Redis(url);
  const keys = await redis.keys(`{${prefix}}:ticks-*`);
  await redis.quit();
  return keys;
}

test('a schedule is in Redis while it is iterated, and leaves nothing there afterwards', async (t) => {
  const url = await testRedis();
  const prefix = `ticks-${randomUUID()}`;
  const engine = await openRedisEngine({ url, prefix, patience: 'always' }, silentLog);
  t.after(() => engine.close());
  const stop = new AbortController();
  let taken = 0;
  for await (const _ of engine.ticks('watch', 100, stop.signal)) {
    if (++taken < 3) continue;
    assert.ok((await keysOf(url, prefix)).includes(`{${prefix}}:ticks-watch:repeat`), 'BullMQ has the schedule');
    stop.abort();
  }
  assert.equal(taken, 3);
  assert.deepEqual(await keysOf(url, prefix), []);
});

test('ticks continue after Redis restarts without its data, and the schedule is removed afterwards', async (t) => {
  const server = await startRedisServer();
  t.after(() => server.stop());
  const engine = await openRedisEngine({ url: server.url, prefix: 'ticks', patience: 'always' }, silentLog);
  t.after(() => engine.close());
  const stop = new AbortController();
  t.after(() => stop.abort());
  const ticks = engine.ticks('watch', 100, stop.signal)[Symbol.asyncIterator]();
  await ticks.next();
  await ticks.next();
  await server.kill();
  const again = await startRedisServer({ port: server.port, dir: server.dir });
  t.after(() => again.stop());
  // One tick may have been in progress when Redis stopped.
  for (let taken = 0; taken < 3; taken++) assert.equal((await ticks.next()).done, false);
  stop.abort();
  assert.equal((await ticks.next()).done, true);
  assert.deepEqual(await keysOf(server.url, 'ticks'), []);
});

test('ticks of each day that were removed go on long before the next one is late', async (t) => {
  const redis = new Redis(await testRedis(), { maxRetriesPerRequest: null });
  t.after(() => redis.quit());
  const keys = keysFor(`ticks-${randomUUID()}`);
  const stop = new AbortController();
  const context = { redis, keys, timings: { lockMs: 10_000, stalledCheckMs: 5_000 }, log: silentLog, checkMs: 50 };
  const ticks = scheduledTicks(context, 'daily', 86_400_000, stop.signal);
  await ticks.next();
  for (let removals = 0; removals < 2; removals++) {
    await removeTicks(redis, keys, 'daily');
    assert.equal((await ticks.next()).done, false);
  }
  // While the scheduler exists, looking at it brings no tick.
  const next = ticks.next();
  stop.abort();
  assert.equal((await next).done, true);
});

test('overdue ticks of a dead process are found and can be removed; those of a live process are not', async (t) => {
  const url = await testRedis();
  const prefix = `ticks-${randomUUID()}[a]*`;
  const engine = await openRedisEngine({ url, prefix, patience: 'always' }, silentLog);
  t.after(() => engine.close());
  const redis = new Redis(url);
  t.after(() => redis.quit());
  const stop = new AbortController();
  t.after(() => stop.abort());
  const live = engine.ticks('live', 3_600_000, stop.signal)[Symbol.asyncIterator]();
  await live.next();
  await until(async () => (await redis.exists(`{${prefix}}:ticks-live:stalled-check`)) === 1, 'a sign of life');
  // What a killed process leaves: a scheduler, its next job, and no worker.
  for (const [name, hours] of [
    ['dead', -1],
    ['fresh', 1],
  ] as const) {
    const queue = new Queue(`ticks-${name}`, { connection: redis, prefix: `{${prefix}}` });
    await queue.upsertJobScheduler('tick', { every: 3_600_000 }, { name: 'tick' });
    await queue.close();
    await redis.zadd(`{${prefix}}:ticks-${name}:repeat`, Date.now() + hours * 3_600_000, 'tick');
  }
  // A live process that is late because Redis was away.
  await redis.zadd(`{${prefix}}:ticks-live:repeat`, Date.now() - 3_600_000, 'tick');

  assert.deepEqual(await engine.deadTicks(600_000), ['dead']);
  assert.deepEqual(await engine.deadTicks(2 * 3_600_000), []);
  await engine.removeTicks('dead');
  await engine.removeTicks('dead');
  assert.deepEqual(await redis.keys(`{${prefix.replace(/[[\]*]/g, '\\$&')}}:ticks-dead*`), []);
  assert.equal(await redis.exists(`{${prefix}}:ticks-live:repeat`, `{${prefix}}:ticks-fresh:repeat`), 2);
  await engine.removeTicks('fresh');
  stop.abort();
  assert.equal((await live.next()).done, true);
});
