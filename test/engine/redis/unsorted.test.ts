import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { Frontier } from '../../../src/engine/redis/frontier/frontier.ts';
import { keysFor } from '../../../src/engine/redis/keys.ts';
import type { Entry } from '../../../src/model/entry.ts';
import { runOptions } from '../../contracts/crew.ts';
import { keyOf } from '../../contracts/site-graph.ts';
import { startRedisServer } from '../../helpers/redis-server.ts';

const LIMITS = { room: 4, mostOrigins: 4, tickets: 1, budgetMs: 250, maxUnreleased: 1_000_000 };
const OPTIONS = runOptions({ hostConcurrency: 1_000 });

function entryOf(host: string, path: string): Entry {
  const url = `https://${host}/${path}`;
  return {
    key: keyOf(url),
    url,
    origin: `https://${host}`,
    depth: 0,
    attempts: 0,
    deferrals: 0,
    acceptedAtMs: 1_790_000_000_000,
    line: 123_456,
  };
}

async function openFrontier(t: TestContext) {
  const server = await startRedisServer();
  const redis = new Redis(server.url);
  t.after(async () => {
    redis.disconnect();
    await server.stop();
  });
  const frontier = new Frontier(redis, keysFor('u'));
  await frontier.open('r', OPTIONS);
  let batches = 0;
  const push = (entries: Entry[]) => frontier.push('r', batches, `digest ${batches++}`, entries, []);
  let visits = 0;
  /** The URLs that a visit takes; it settles them. */
  const visit = async () => {
    const token = `j${visits++}:1:w`;
    const { entries } = await frontier.checkout('r', 0, token, OPTIONS, LIMITS);
    await frontier.settle(
      'r',
      0,
      token,
      1_000,
      [],
      entries.map(({ key }) => ({ key, kind: 'ok' as const, line: '{}' })),
    );
    return entries.map(({ url }) => url);
  };
  return { redis, frontier, push, visit };
}

test('the only URL of an origin takes less than 200 bytes while it waits', async (t) => {
  const { redis, push } = await openFrontier(t);
  const memory = async () => Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
  const before = await memory();
  for (let batch = 0; batch < 10; batch++) {
    await push(Array.from({ length: 1_000 }, (_, index) => entryOf(`www.site-${batch * 1_000 + index}.example`, 'section/page.html')));
  }
  const bytes = ((await memory()) - before) / 10_000;
  assert.ok(bytes < 200, `${bytes} bytes`);
});

test('an origin with one URL gets its turn among origins that are always ready', async (t) => {
  const { push, visit } = await openFrontier(t);
  for (let origin = 0; origin < 60; origin++) {
    await push(Array.from({ length: 20 }, (_, index) => entryOf(`h${origin}.test`, String(index))));
  }
  await push([entryOf('alone.test', '')]);
  const taken: string[] = [];
  for (let made = 0; made < 25; made++) taken.push(...(await visit()));
  assert.ok(taken.includes('https://alone.test/'), `${taken.length} URLs`);
});

test('one visit finds the URLs behind many of an origin on hold', async (t) => {
  const { redis, frontier, push, visit } = await openFrontier(t);
  await redis.set('{u}:hold:https://held.test', Date.now() + 60_000, 'PX', 60_000);
  for (let round = 0; round < 400; round++) await push([entryOf('held.test', String(round))]);
  await push([entryOf('free.test', '')]);
  assert.deepEqual(await visit(), ['https://free.test/']);
  assert.deepEqual(await visit(), []);
  assert.equal((await frontier.wake('r', 2)).ready, 0);
});
