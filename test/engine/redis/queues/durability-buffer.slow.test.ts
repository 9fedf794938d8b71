import assert from 'node:assert/strict';
import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { DurabilityBuffer } from '../../../../src/engine/redis/queues/durability-buffer.ts';
import { openRedisEngine } from '../../../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../../../src/model/log.ts';
import { batchOf, collectAll, done, runOptions, startCrew, until, urls } from '../../../contracts/crew.ts';
import { type RedisServer, startRedisServer } from '../../../helpers/redis-server.ts';

const ARGS = ['--appendonly', 'yes'];

async function appendOnlyFile({ dir }: RedisServer): Promise<string> {
  const folder = join(dir, 'appendonlydir');
  return join(folder, (await readdir(folder)).find((name) => name.includes('.incr.')) as string);
}

/** Crashes Redis, cuts its file back to this size, and starts it again. */
async function crash(t: TestContext, server: RedisServer, keptBytes: number): Promise<RedisServer> {
  await server.kill();
  await truncate(await appendOnlyFile(server), keptBytes);
  const again = await startRedisServer({ args: ARGS, dir: server.dir, port: server.port });
  t.after(() => again.stop());
  return again;
}

test('a run, its batches and its seal are sent again after Redis lost them in a crash', async (t) => {
  const server = await startRedisServer({ args: ARGS });
  t.after(() => server.stop());
  const engine = await openRedisEngine({ url: server.url, prefix: 'crash', patience: 'always' }, silentLog);
  t.after(() => engine.close());
  const { size } = await stat(await appendOnlyFile(server));
  const options = runOptions({ userAgent: 'not the default' });
  const run = await engine.openRun(options);
  for (let batch = 0; batch < 5; batch++) await engine.submit(run, batchOf(batch, urls(100, `h${batch}.test`), batch * 100 + 1));
  await engine.seal(run, 5);
  await crash(t, server, size);
  await engine.confirm();
  assert.deepEqual(await engine.options(run), options);
  const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
  const { outcomes } = await collectAll(engine, run);
  await crew.stop();
  assert.equal(outcomes.length, 500);
  assert.equal((await engine.counts(run)).submitted, 500);
});

test('writes that were on disk for two seconds are not sent again, and confirm waits no longer', async (t) => {
  const server = await startRedisServer({ args: ARGS });
  t.after(() => server.stop());
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (_: object, message: string) => void warnings.push(message) };
  const engine = await openRedisEngine({ url: server.url, prefix: 'crash', patience: 'always' }, log);
  t.after(() => engine.close());
  const run = await engine.openRun(runOptions());
  await engine.submit(run, batchOf(0, urls(10)));
  const startMs = performance.now();
  await engine.confirm();
  assert.ok(performance.now() - startMs >= 1_900);
  const { size } = await stat(await appendOnlyFile(server));
  await crash(t, server, size);
  await engine.confirm();
  assert.deepEqual(
    warnings.filter((message) => message.includes('told again')),
    [],
  );
  await engine.seal(run, 1);
  const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
  assert.equal((await collectAll(engine, run)).outcomes.length, 10);
  await crew.stop();
});

test('writes are sent again if Redis crashes while they are being sent again', async (t) => {
  const first = await startRedisServer({ args: ARGS });
  t.after(() => first.stop());
  const { size } = await stat(await appendOnlyFile(first));
  const redis = new Redis(first.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  redis.on('error', () => {});
  t.after(() => redis.disconnect());
  const durability = await DurabilityBuffer.watch(redis, silentLog);
  let letGo = () => {};
  let isAgain = false;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const told: string[] = [];
  const tell = (name: string) => async () => {
    told.push(name);
    if (name === 'second' && isAgain) await held;
    await redis.set(name, 1);
  };
  await durability.take(tell('first'));
  await durability.take(tell('second'));
  isAgain = true;
  const second = await crash(t, first, size);
  await until(() => told.length === 4, 'both writes to be repeated');
  await crash(t, second, size);
  letGo();
  await until(async () => (await redis.exists('second')) === 1, 'the remaining write to be repeated');
  // Redis knows of the third only what was written within two seconds.
  await sleep(2_000);
  await durability.take(tell('third'));
  await durability.confirm();
  assert.equal(await redis.exists('first', 'second', 'third'), 3);
});
