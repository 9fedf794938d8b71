import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { Frontier } from '../../../src/engine/redis/frontier/frontier.ts';
import { packEntry } from '../../../src/engine/redis/frontier/wire-format.ts';
import { keysFor } from '../../../src/engine/redis/keys.ts';
import { runOptions } from '../../contracts/crew.ts';
import { testRedis } from '../../helpers/redis-server.ts';

const LIMITS = { room: 1, mostOrigins: 1, tickets: 8, budgetMs: 250, maxUnreleased: 1_000 };

async function openFrontier(t: TestContext) {
  const redis = new Redis(await testRedis());
  t.after(() => redis.quit());
  const keys = keysFor(`survey-${randomUUID()}`);
  const frontier = new Frontier(redis, keys);
  /** A run with one entry. */
  const open = async (run: string) => {
    await frontier.open(run, runOptions());
    const entry = {
      key: '0'.repeat(16),
      url: 'http://a.test/',
      origin: 'http://a.test',
      depth: 0,
      attempts: 0,
      deferrals: 0,
      acceptedAtMs: 0,
    };
    await frontier.push(run, 0, 'digest', [entry], []);
    await frontier.seal(run, 1);
    return entry;
  };
  /** What the janitor gets from its survey. */
  const survey = async () => {
    await redis.del(`${keys.base}janitor`);
    return frontier.survey('w', 4, 5_000, '');
  };
  return { redis, keys, frontier, open, survey };
}

test('a cancelled run is visited whatever its entries wait for', async (t) => {
  const { frontier, open, survey } = await openFrontier(t);
  const { key, ...entry } = await open('r');
  await frontier.checkout('r', 0, 'token', runOptions(), LIMITS);
  await frontier.steer('r', 'cancel');
  await frontier.settle(
    'r',
    0,
    'token',
    10,
    [],
    [{ key, kind: 'retry:60000', origin: entry.origin, packed: packEntry({ key, ...entry }) }],
  );
  const { runs } = await survey();
  assert.ok(Number(runs[0]?.wake.length) > 0);
});

test('uncollected runs do not delay the removal of a collected one', async (t) => {
  const { redis, keys, frontier, open, survey } = await openFrontier(t);
  const runs = Array.from({ length: 11 }, (_, index) => `r${index}`);
  for (const [index, run] of runs.entries()) {
    const { key } = await open(run);
    await frontier.checkout(run, 0, 'token', runOptions(), LIMITS);
    await frontier.settle(run, 0, 'token', 10, [], [{ key, kind: 'ok', line: '{}' }]);
    if (index === 10) {
      await frontier.claim(run, { id: 'c', folder: 'f' }, 'fresh');
      const [id] = (await redis.xrange(keys.run(run, 'outcomes'), '-', '+'))[0] as [string, string[]];
      await frontier.release(run, id, { id: 'c', folder: 'f' });
    }
  }
  assert.equal((await survey()).ended.length, 11);
  // All of them ended a day ago.
  await redis.zadd(`${keys.base}ended`, ...runs.flatMap((run, index) => [1 + index, run]));
  assert.deepEqual([...(await survey()).expired, ...(await survey()).expired], ['r10']);
});

test('the janitor resumes an interrupted removal', async (t) => {
  const { redis, keys, frontier, open, survey } = await openFrontier(t);
  const { trawlRemove } = redis as unknown as { trawlRemove: (...args: unknown[]) => Promise<[number, string[]]> };
  await open('s');
  // More tickets than one step handles.
  for (const ticket of [0, 1]) await redis.sadd(`${keys.base}run:s:held`, ticket);
  assert.deepEqual(await trawlRemove.call(redis, keys.base, 's', 1, 60_000), [1, []]);
  const { expired } = await survey();
  assert.deepEqual(expired, ['s']);
  await frontier.remove('s');
  assert.deepEqual(await redis.keys(`${keys.base}run:s:*`), []);
  assert.deepEqual((await survey()).expired, []);
});
