import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Redis } from 'ioredis';
import { Frontier } from '../../../src/engine/redis/frontier/frontier.ts';
import { keysFor } from '../../../src/engine/redis/keys.ts';
import { runOptions } from '../../contracts/crew.ts';
import { testRedis } from '../../helpers/redis-server.ts';

const LIMITS = { room: 50, mostOrigins: 16, tickets: 4, budgetMs: 250, maxUnreleased: 1_000 };

test('a checkout says that others wait if jobs wait for a slot and another run is open', async (t) => {
  const redis = new Redis(await testRedis());
  t.after(() => redis.quit());
  const keys = keysFor(`shared-${randomUUID()}`);
  const frontier = new Frontier(redis, keys);
  const othersWait = async () => (await frontier.checkout('first', 0, randomUUID(), runOptions(), LIMITS)).othersWait;
  await frontier.open('first', runOptions());
  assert.equal(await othersWait(), false);
  await redis.lpush(`${keys.base}visits:wait`, 'a job');
  assert.equal(await othersWait(), false, 'it can only be for this run');
  await frontier.open('second', runOptions());
  assert.equal(await othersWait(), true);
  await redis.del(`${keys.base}visits:wait`);
  assert.equal(await othersWait(), false, 'every slot that the second run needs is free');
});
