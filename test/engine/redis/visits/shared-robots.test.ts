import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { keysFor } from '../../../../src/engine/redis/keys.ts';
import { SharedRobots } from '../../../../src/engine/redis/visits/shared-robots.ts';
import { testRedis } from '../../../helpers/redis-server.ts';

const ORIGIN = 'http://a.test';
const DAY_MS = 24 * 3_600_000;
const LEASE_MS = 1_000;

async function openRobots(t: TestContext) {
  const redis = new Redis(await testRedis());
  t.after(() => redis.quit());
  const keys = keysFor(`shared-${randomUUID()}`);
  return { redis, robots: new SharedRobots(redis, keys, LEASE_MS), base: keys.base };
}

test('a visit that asks again after a lost reply is not told to wait for itself', async (t) => {
  const { redis, base } = await openRobots(t);
  const scripts = redis as unknown as { trawlRobots(...args: Array<string | number>): Promise<unknown> };
  const ask = (asker: string) => scripts.trawlRobots(base, ORIGIN, '', asker, LEASE_MS, DAY_MS);
  assert.deepEqual([await ask('one'), await ask('one'), await ask('other')], [1, 1, 0]);
});

test('a lease expires by itself', async (t) => {
  const { redis, robots, base } = await openRobots(t);
  assert.deepEqual(await robots.ask(ORIGIN, undefined), { kind: 'yours' });
  const leftMs = await redis.pttl(`${base}robotsLease:${ORIGIN}`);
  assert.ok(leftMs > 0 && leftMs <= LEASE_MS, `${leftMs} ms are left of it`);
});

test('a long text takes fewer bytes than it has characters, and every stored key expires', async (t) => {
  const { redis, robots, base } = await openRobots(t);
  const text = Array.from({ length: 15_000 }, (_, index) => `Disallow: /${index}/private/\n`).join('');
  await robots.keep(ORIGIN, { text, keepMs: DAY_MS, intervalMs: 1.5 });
  await robots.ask(ORIGIN, undefined);
  await robots.ask(ORIGIN, text);
  assert.ok((await redis.strlen(`${base}robots:${ORIGIN}`)) < text.length / 4);
  assert.equal(await redis.get(`${base}interval:${ORIGIN}`), '2');
  const keys = await redis.keys(`${base}*`);
  assert.equal(keys.length, 3);
  for (const key of keys) assert.ok((await redis.pttl(key)) > 0, key);
});

test('an interval outlives its robots.txt by one lease, so that the file can be fetched again', async (t) => {
  const { redis, robots, base } = await openRobots(t);
  await robots.keep(ORIGIN, { text: 'rules', keepMs: 0, intervalMs: 500 });
  const leftMs = await redis.pttl(`${base}interval:${ORIGIN}`);
  assert.ok(leftMs > 0 && leftMs <= LEASE_MS + 1, `${leftMs} ms`);
});
