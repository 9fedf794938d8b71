import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { Frontier } from '../../../src/engine/redis/frontier/frontier.ts';
import { keysFor } from '../../../src/engine/redis/keys.ts';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../../src/model/log.ts';
import { batchOf, collectAll, done, runOptions, startCrew, until, urls } from '../../contracts/crew.ts';
import { testRedis } from '../../helpers/redis-server.ts';

test('an ended run immediately leaves little behind, and a removed run nothing', async (t) => {
  const url = await testRedis();
  const prefix = `keys-${randomUUID()}`;
  const redis = new Redis(url);
  const engine = await openRedisEngine({ url, prefix, patience: 'always' }, silentLog);
  t.after(() => Promise.all([engine.close(), redis.quit()]));
  const keys = async (pattern: string) => (await redis.keys(`{${prefix}}:${pattern}`)).map((key) => key.slice(prefix.length + 3)).sort();

  const run = await engine.openRun(runOptions(), 'first');
  await engine.submit(run, batchOf(0, urls(200)));
  await engine.seal(run, 1);
  const crew = startCrew(engine, async (entry, visit) => done(visit, entry, Number(entry.url.slice(-1)) === 7 ? { holdMs: 5 } : undefined));
  await collectAll(engine, run);
  await until(async () => (await keys('run:first:seen:*')).length === 0, 'the seen-set to go');
  assert.deepEqual(
    await keys('run:first:*'),
    ['batches', 'counts', 'meta', 'outcomes', 'promised'].map((name) => `run:first:${name}`),
  );
  assert.deepEqual(await keys('busy'), []);
  assert.deepEqual(await keys('blocked:*'), []);

  const other = await engine.openRun(runOptions({ hostConcurrency: 1 }), 'second');
  await engine.submit(other, batchOf(0, [...urls(300), ...urls(300, 'b.test')]));
  await until(async () => (await engine.counts(other)).settled > 10, 'fetches in progress');
  await engine.remove(other);
  await crew.stop();
  assert.deepEqual(await keys('run:second:*'), []);
  assert.deepEqual(await keys('busy'), []);
  assert.deepEqual(await keys('blocked:*'), []);
  await engine.remove(run);
  assert.deepEqual(await keys('run:*'), []);
  assert.deepEqual(await engine.runs(), []);
});

test('a partly repeated settle records only what is new', async (t) => {
  const redis = new Redis(await testRedis());
  t.after(() => redis.quit());
  const prefix = `part-${randomUUID()}`;
  const frontier = new Frontier(redis, keysFor(prefix));
  const options = runOptions({ hostConcurrency: 1 });
  await frontier.open('r', options);
  const entries = [1, 2, 3].map((index) => {
    return {
      key: String(index).padStart(16, '0'),
      url: `http://a.test/${index}`,
      origin: 'http://a.test',
      depth: 0,
      attempts: 0,
      deferrals: 0,
      acceptedAtMs: 0,
    };
  });
  await frontier.push('r', 0, 'digest', entries, []);
  await frontier.checkout('r', 0, 'token', options, { room: 50, mostOrigins: 1, tickets: 1, budgetMs: 250, maxUnreleased: 1_000 });
  const move = (index: number) => ({ key: String(index).padStart(16, '0'), kind: 'ok' as const, line: `{"n":${index}}` });
  await frontier.settle('r', 0, 'token', 10, [], [move(2)]);
  await frontier.settle('r', 0, 'token', 10, [], [move(1), move(2), move(3)]);
  const stream = await redis.xrange(`{${prefix}}:run:r:outcomes`, '-', '+');
  assert.deepEqual(
    stream.map(([, fields]) => fields[1]),
    ['{"n":2}', '{"n":1}\n{"n":3}'],
  );
  assert.deepEqual(
    stream.map(([, fields]) => fields[3]),
    ['1', '3'],
  );
});
