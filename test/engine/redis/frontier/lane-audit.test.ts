import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { Frontier } from '../../../../src/engine/redis/frontier/frontier.ts';
import { LaneAudit } from '../../../../src/engine/redis/frontier/lane-audit.ts';
import { keysFor } from '../../../../src/engine/redis/keys.ts';
import { openRedisEngine } from '../../../../src/engine/redis/redis-engine.ts';
import { type Log, silentLog } from '../../../../src/model/log.ts';
import { batchOf, collectAll, done, runOptions, startCrew, until, urls } from '../../../contracts/crew.ts';
import { testRedis } from '../../../helpers/redis-server.ts';

const ORIGIN = 'http://a.test';

async function openAudit(t: TestContext) {
  const url = await testRedis();
  const prefix = `audit-${randomUUID()}`;
  const keys = keysFor(prefix);
  const redis = new Redis(url);
  const said: string[] = [];
  // Ignores what is logged about the test's Redis.
  const log: Log = { ...silentLog, warn: (fields, message) => void ('origin' in fields && said.push(message)) };
  const engine = await openRedisEngine({ url, prefix, patience: 'always' }, log);
  t.after(() => Promise.all([engine.close(), redis.quit()]));
  const frontier = new Frontier(redis, keys);
  return { redis, keys, engine, frontier, said, audit: new LaneAudit(redis, keys, frontier, log) };
}

test('lanes that are counted but held by no visit become free, and runs that wait for one continue', async (t) => {
  const { redis, keys, engine, said } = await openAudit(t);
  // For example, half of a transaction leaves this behind.
  await redis.hset(keys.busy, ORIGIN, 3, 'http://gone.test', 2);
  const run = await engine.openRun(runOptions({ hostConcurrency: 2 }));
  await engine.submit(run, batchOf(0, urls(20)));
  await engine.seal(run, 1);
  const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
  // The janitor finds it on its second check.
  const outcomes = await collectAll(engine, run);
  await crew.stop();
  assert.equal(outcomes.outcomes.length, 20);
  assert.deepEqual(await redis.hgetall(keys.busy), {});
  assert.ok(said.includes(`corrected the number of visits at ${ORIGIN} from 3 to 0`), said.join('\n'));
});

test('a correct count is left alone, and one that is too low is raised', async (t) => {
  const { redis, keys, engine, audit, said } = await openAudit(t);
  const run = await engine.openRun(runOptions({ hostConcurrency: 2 }));
  await engine.submit(run, batchOf(0, urls(20)));
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const crew = startCrew(engine, async (entry, visit) => released.then(() => done(visit, entry)));
  await until(async () => (await redis.hget(keys.busy, ORIGIN)) === '2', 'two visits');
  for (let look = 0; look < 3; look++) await audit.look();
  assert.equal(await redis.hget(keys.busy, ORIGIN), '2');
  assert.deepEqual(said, []);
  await redis.hdel(keys.busy, ORIGIN);
  await audit.look();
  assert.equal(await redis.hget(keys.busy, ORIGIN), null, 'one look is not enough');
  await audit.look();
  assert.equal(await redis.hget(keys.busy, ORIGIN), '2');
  assert.deepEqual(said, [`corrected the number of visits at ${ORIGIN} from 0 to 2`]);
  release();
  await engine.seal(run, 1);
  await collectAll(engine, run);
  await crew.stop();
  assert.deepEqual(await redis.hgetall(keys.busy), {});
});

test('a recount changes nothing while visits come and go', async (t) => {
  const { redis, keys, engine, frontier } = await openAudit(t);
  const run = await engine.openRun(runOptions({ hostConcurrency: 4 }));
  await engine.submit(run, batchOf(0, Array.from({ length: 5 }, (_, host) => urls(100, `h${host}.test`)).flat()));
  await engine.seal(run, 1);
  const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
  const collecting = collectAll(engine, run);
  let isOver = false;
  collecting.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const { corrected } = await frontier.recount(Array.from({ length: 5 }, (_, host) => `http://h${host}.test`));
    assert.deepEqual(corrected, []);
  }
  assert.equal((await collecting).outcomes.length, 500);
  await crew.stop();
  assert.deepEqual(await redis.hgetall(keys.busy), {});
});
