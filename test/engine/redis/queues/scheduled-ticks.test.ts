import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { openRedisEngine } from '../../../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../../../src/model/log.ts';
import { startRedisServer, testRedis } from '../../../helpers/redis-server.ts';

async function keysOf(url: string, prefix: string): Promise<string[]> {
  const redis = new Redis(url);
  const keys = await redis.keys(`{${prefix}}:ticks-*`);
  await redis.quit();
  return keys;
}

test('a schedule is in Redis while it is iterated, and nothing of it afterwards', async (t) => {
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

test('ticks go on when Redis was started anew without its data, and the schedule then goes as well', async (t) => {
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
  // One may have been under way when Redis went.
  for (let taken = 0; taken < 3; taken++) assert.equal((await ticks.next()).done, false);
  stop.abort();
  assert.equal((await ticks.next()).done, true);
  assert.deepEqual(await keysOf(server.url, 'ticks'), []);
});
