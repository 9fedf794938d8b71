import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { Frontier } from '../../../src/engine/redis/frontier/frontier.ts';
import { keysFor } from '../../../src/engine/redis/keys.ts';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import type { Entry } from '../../../src/model/entry.ts';
import { silentLog } from '../../../src/model/log.ts';
import type { RunOptions } from '../../../src/model/run-options.ts';
import { runOptions } from '../../contracts/crew.ts';
import { testRedis } from '../../helpers/redis-server.ts';

const LIMITS = { room: 50, mostOrigins: 16, tickets: 4, budgetMs: 250, maxUnreleased: 1_000 };
const LINE = '{"verdict":"ok","depth":0}';

/** A run with these URLs in its frontier, and the scripts to move them by hand. */
async function openFrontier(t: TestContext, urls: string[], options: RunOptions = runOptions()) {
  const redis = new Redis(await testRedis());
  t.after(() => redis.quit());
  const prefix = `suspects-${randomUUID()}`;
  const engine = await openRedisEngine({ url: await testRedis(), prefix, patience: 'always' }, silentLog);
  t.after(() => engine.close());
  const frontier = new Frontier(redis, keysFor(prefix));
  const run = await engine.openRun(options);
  const entries = urls.map((url, index): Entry => {
    const key = String(index).padStart(16, '0');
    return { key, url, origin: new URL(url).origin, depth: 0, attempts: 0, deferrals: 0, acceptedAtMs: 0 };
  });
  await frontier.push(run, 0, 'digest', entries, []);
  await nextMillisecond(redis);
  const checkout = async (ticket: number, token: string) => {
    const { kind, entries } = await frontier.checkout(run, ticket, token, options, LIMITS);
    return [kind, ...entries.map(({ url }) => url)];
  };
  const strike = (ticket: number, token: string, index: number, spacingMs = 0) =>
    frontier.strike(run, ticket, token, entries[index]?.key as string, spacingMs);
  const settle = async (ticket: number, token: string, index: number) =>
    frontier.settle(run, ticket, token, 10, [], [{ key: entries[index]?.key as string, kind: 'ok', line: LINE }]);
  const giveBack = async (ticket: number, token: string, index: number) =>
    frontier.settle(run, ticket, token, 10, [], [{ key: entries[index]?.key as string, kind: 'back', packed: JSON.stringify(['/', 0]) }]);
  return { redis, prefix, frontier, run, checkout, strike, settle, giveBack };
}

/** Waits until the clock of Redis has moved on. Of origins that became ready in the same millisecond, Redis lists the lower name first. */
async function nextMillisecond(redis: Redis): Promise<void> {
  const now = async () => {
    const [seconds, microseconds] = await redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  };
  const startedAtMs = await now();
  while ((await now()) === startedAtMs);
}

/** The visit of ticket 0 started twice, and both workers died. */
async function dieTwice(checkout: (ticket: number, token: string) => Promise<unknown>): Promise<void> {
  for (const start of [1, 2]) await checkout(0, `j1:${start}:w`);
}

test('entries of a dead worker are given back, and the worker that held them is fenced off', async (t) => {
  const { frontier, run, checkout, settle } = await openFrontier(t, ['http://a.test/0', 'http://b.test/1', 'http://c.test/2']);
  assert.deepEqual(await checkout(0, 'j1:1:w'), ['taken', 'http://a.test/0'], 'a share of the ready origins');
  assert.deepEqual(await checkout(0, 'j1:1:w'), ['taken', 'http://a.test/0'], 'the same again if the reply was lost');

  assert.deepEqual(await checkout(0, 'j1:2:w2'), ['taken', 'http://b.test/1'], 'it waits behind other origins that are ready');
  assert.equal((await settle(0, 'j1:1:w', 0)).fenced, true);
  assert.equal((await frontier.counts(run)).inFlight, 1);
  assert.deepEqual(await checkout(1, 'j2:1:w'), ['taken', 'http://c.test/2']);
  assert.deepEqual(await checkout(2, 'j3:1:w'), ['taken', 'http://a.test/0'], 'one death proves nothing');
  assert.deepEqual(await checkout(2, 'j3:2:w'), ['suspect', 'http://a.test/0']);
  assert.deepEqual(await checkout(2, 'j3:2:w'), ['suspect', 'http://a.test/0'], 'also if the reply was lost');
  assert.equal((await settle(2, 'j3:2:w', 0)).fenced, false);
  const { settled, inFlight } = await frontier.counts(run);
  assert.deepEqual({ settled, inFlight }, { settled: 1, inFlight: 2 });
});

test('a visit takes a suspect alone, and stops before one if it already holds other entries', async (t) => {
  const urls = Array.from({ length: 12 }, (_, index) => `http://a.test/${index}`);
  const { checkout, strike, settle } = await openFrontier(t, urls, runOptions({ hostConcurrency: 4 }));
  assert.equal((await checkout(0, 'j1:1:w')).length, 1 + 3);
  assert.equal((await checkout(1, 'j2:1:w')).length, 1 + 3);
  assert.equal((await checkout(0, 'j1:2:w')).length, 1 + 3);
  // The three that were held come before the other six, each as a suspect.
  const suspects = new Set<unknown>();
  for (let start = 3; start <= 5; start++) {
    const [kind, url, ...others] = await checkout(0, `j1:${start}:w`);
    assert.deepEqual([kind, others], ['suspect', []]);
    suspects.add(url);
    assert.equal(await strike(0, `j1:${start}:w`, urls.indexOf(url as string)), 'fetch');
    assert.equal((await settle(0, `j1:${start}:w`, urls.indexOf(url as string))).fenced, false);
  }
  assert.deepEqual(suspects, new Set(urls.slice(0, 3)));
  assert.deepEqual((await checkout(2, 'j4:1:w'))[0], 'taken', 'the rest is like any other');
});

test('an entry is not fetched again after three strikes, each recorded before its fetch', async (t) => {
  const { checkout, strike } = await openFrontier(t, ['http://a.test/0']);
  await dieTwice(checkout);
  for (let death = 3; death <= 5; death++) {
    const token = `j1:${death}:w`;
    assert.deepEqual(await checkout(0, token), ['suspect', 'http://a.test/0']);
    assert.equal(await strike(0, token, 0), 'fetch');
    assert.equal(await strike(0, token, 0), 'fetch', 'the reply was lost: the strike is the same');
    assert.equal(await strike(0, `j1:${death - 1}:w`, 0), 'fenced');
  }
  assert.deepEqual(await checkout(0, 'j1:6:w'), ['suspect', 'http://a.test/0']);
  assert.equal(await strike(0, 'j1:6:w', 0), 'crashed');
});

test('strikes in quicker succession than a death can be detected count once', async (t) => {
  const { checkout, strike } = await openFrontier(t, ['http://a.test/0']);
  await dieTwice(checkout);
  for (let start = 3; start <= 7; start++) {
    await checkout(0, `j1:${start}:w`);
    assert.equal(await strike(0, `j1:${start}:w`, 0, 60_000), 'fetch');
  }
});

test('giving a suspect back alive removes its strike, and settling it clears all its strikes', async (t) => {
  const { redis, prefix, run, checkout, strike, settle, giveBack } = await openFrontier(t, ['http://a.test/0']);
  await dieTwice(checkout);
  for (let start = 3; start <= 7; start++) {
    await checkout(0, `j1:${start}:w`);
    assert.equal(await strike(0, `j1:${start}:w`, 0), 'fetch', 'rolling restarts convict no entry');
    await giveBack(0, `j1:${start}:w`, 0);
  }
  assert.equal((await checkout(1, 'j2:1:w'))[0], 'suspect', 'it still is one');
  await strike(1, 'j2:1:w', 0);
  await settle(1, 'j2:1:w', 0);
  assert.equal(await redis.exists(`{${prefix}}:run:${run}:suspects`), 0);
});

test('entries of an origin on hold wait until the hold ends, whoever held them before', async (t) => {
  const { redis, prefix, frontier, run, checkout } = await openFrontier(t, ['http://a.test/0']);
  await checkout(0, 'j1:1:w');
  await redis.set(`{${prefix}}:hold:http://a.test`, String(Date.now() + 60_000), 'PX', 60_000);
  assert.deepEqual(await checkout(0, 'j1:2:w'), ['taken']);
  assert.equal((await frontier.counts(run)).inFlight, 0);
  await redis.del(`{${prefix}}:hold:http://a.test`);
  await redis.zadd(`{${prefix}}:run:${run}:ready`, 0, 'http://a.test');
  assert.deepEqual(await checkout(0, 'j1:3:w'), ['taken', 'http://a.test/0']);
});

test('a late checkout from before the visit restarted takes nothing away from it', async (t) => {
  const { frontier, run, checkout, settle } = await openFrontier(t, ['http://a.test/0']);
  assert.deepEqual(await checkout(0, 'j1:2:w'), ['taken', 'http://a.test/0']);
  assert.deepEqual(await checkout(0, 'j1:1:cut-off'), ['gone']);
  assert.equal((await settle(0, 'j1:2:w', 0)).fenced, false);
  assert.equal((await frontier.counts(run)).settled, 1);
});
