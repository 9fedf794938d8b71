import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { Frontier } from '../../../src/engine/redis/frontier/frontier.ts';
import { keysFor } from '../../../src/engine/redis/keys.ts';
import { Activity } from '../../../src/engine/redis/visits/activity.ts';
import { OriginCooldowns } from '../../../src/engine/redis/visits/origin-cooldowns.ts';
import { RedisVisit } from '../../../src/engine/redis/visits/redis-visit.ts';
import { RoundSize } from '../../../src/engine/redis/visits/rounds.ts';
import { SharedRobots } from '../../../src/engine/redis/visits/shared-robots.ts';
import { SuspectTurn } from '../../../src/engine/redis/visits/suspect-turn.ts';
import { LOOK_AGAIN_MS } from '../../../src/engine/rules/interval-guard.ts';
import type { RunOptions } from '../../../src/model/run-options.ts';
import { runOptions } from '../../contracts/crew.ts';
import { testRedis } from '../../helpers/redis-server.ts';

const LIMITS = { room: 50, mostOrigins: 16, tickets: 1, budgetMs: 250, maxUnreleased: 1_000 };
const INTERVAL_MS = 60_000;

/** A run with three entries of each host, in this order. The hosts called slow set an interval. */
async function openRun(t: TestContext, hosts: readonly string[], changes: Partial<RunOptions>) {
  const redis = new Redis(await testRedis());
  t.after(() => redis.quit());
  const keys = keysFor(`own-${randomUUID()}`);
  const frontier = new Frontier(redis, keys);
  const robots = new SharedRobots(redis, keys);
  const options = runOptions({ hostConcurrency: 1, ...changes });
  await frontier.open('r', options);
  for (const [batch, host] of hosts.entries()) {
    const origin = `http://${host}.test`;
    if (host.startsWith('slow')) await robots.keep(origin, { text: 'rules', keepMs: INTERVAL_MS, intervalMs: INTERVAL_MS });
    const entries = [0, 1, 2].map((index) => {
      const key = String(10 * batch + index).padStart(16, '0');
      return { key, url: `${origin}/${index}`, origin, depth: 0, attempts: 0, deferrals: 0, acceptedAtMs: 0 };
    });
    await frontier.push('r', batch, 'digest', entries, []);
    // Makes one come after the other.
    await redis.zincrby(`${keys.base}run:r:ready`, batch - hosts.length, origin);
  }
  const take = async (ticket: number, token = `token ${ticket}`) => {
    const { entries, ...rest } = await frontier.checkout('r', ticket, token, options, LIMITS);
    return { urls: entries.map(({ url }) => url.slice('http://'.length).replace('.test', '')), ...rest };
  };
  /** Makes the origin's interval lapse. */
  const lapse = async (origin: string) => {
    await redis.del(`${keys.base}hold:${origin}`);
    await redis.zadd(`${keys.base}run:r:ready`, 'XX', 0, origin);
  };
  const visit = async (ticket: number) => {
    const token = `token ${ticket}`;
    const checkOut = () => frontier.checkout('r', ticket, token, options, LIMITS);
    const home = {
      frontier,
      robots,
      checkOut,
      suspects: new SuspectTurn(),
      cooldowns: new OriginCooldowns(),
      strikeSpacingMs: 0,
      wake: () => {},
      missed: () => {},
      activity: new Activity(() => 0),
      hasRoom: () => true,
      roundSize: new RoundSize(),
    };
    return new RedisVisit({ run: 'r', ticket, token }, options, await checkOut(), performance.now() + 10_000, home);
  };
  return { take, visit, lapse, frontier, redis, keys };
}

test('a visit takes one entry of an origin with an interval, and takes it first, so that it starts at once', async (t) => {
  const { take, redis, keys } = await openRun(t, ['a', 'slow1', 'b', 'slow2'], { robots: true });
  assert.deepEqual((await take(0)).urls, ['a/0', 'a/1', 'a/2']);
  assert.deepEqual((await take(1)).urls, ['slow1/0', 'b/0', 'b/1', 'b/2']);
  assert.deepEqual((await take(2)).urls, ['slow2/0']);
  const none = await take(3);
  assert.deepEqual([none.urls, none.ready], [[], 0], 'what is left of both waits');
  for (const host of ['slow1', 'slow2']) {
    const leftMs = await redis.pttl(`${keys.base}hold:http://${host}.test`);
    assert.ok(leftMs > INTERVAL_MS - 10_000 && leftMs <= INTERVAL_MS, `${host} is held for ${leftMs} ms`);
  }
});

test('a run that ignores robots.txt takes entries of an origin with an interval like those of others', async (t) => {
  const { take, redis, keys } = await openRun(t, ['a', 'slow'], { robots: false });
  assert.deepEqual((await take(0)).urls, ['a/0', 'a/1', 'a/2', 'slow/0', 'slow/1', 'slow/2']);
  assert.equal(await redis.exists(`${keys.base}hold:http://slow.test`), 0);
});

test('a visit takes all entries of an origin with an interval at once if their run is cancelled', async (t) => {
  const { take, frontier } = await openRun(t, ['a', 'slow'], { robots: true });
  await frontier.steer('r', 'cancel');
  assert.equal((await take(0)).urls.length, 6);
});

test('an unused turn goes to the next visit, unless the origin has another hold by then', async (t) => {
  const { take, frontier, redis, keys } = await openRun(t, ['slow'], { robots: true, hostConcurrency: 9 });
  const origin = 'http://slow.test';
  const first = await take(0);
  await frontier.passTurn('r', 0, 'token of another', origin, first.turnUntilMs);
  assert.deepEqual((await take(1)).urls, [], 'only its visit can pass it on');
  await frontier.passTurn('r', 0, 'token 0', origin, first.turnUntilMs);
  const second = await take(1);
  assert.deepEqual(second.urls, ['slow/1']);
  await frontier.touch('r', 1, 'token 1', origin, 2 * INTERVAL_MS);
  await frontier.passTurn('r', 1, 'token 1', origin, second.turnUntilMs);
  assert.deepEqual((await take(2)).urls, []);
  assert.ok((await redis.pttl(`${keys.base}hold:${origin}`)) > INTERVAL_MS);
});

test('no visit takes an origin with an interval until the visit that has the turn has sent its request', async (t) => {
  const { take, lapse, frontier } = await openRun(t, ['slow'], { robots: true, hostConcurrency: 9 });
  const origin = 'http://slow.test';
  await take(0);
  await lapse(origin);
  const none = await take(1);
  assert.deepEqual([none.urls, none.ready], [[], 0]);
  assert.ok(none.nextMs > none.nowMs && none.nextMs <= none.nowMs + LOOK_AGAIN_MS.most, 'it is looked at again');
  await frontier.touch('r', 0, 'token 0', origin, INTERVAL_MS);
  await lapse(origin);
  assert.deepEqual((await take(1)).urls, ['slow/1'], 'the request has gone out');
  await frontier.touch('r', 0, 'token 0', origin, INTERVAL_MS);
  await lapse(origin);
  assert.deepEqual((await take(2)).urls, [], 'only its visit can end the turn');
});

test('a turn ends without a request when its visit settles the entry, passes an expired turn on, or is replaced', async (t) => {
  const { take, lapse, frontier } = await openRun(t, ['slow'], { robots: true, hostConcurrency: 9 });
  const origin = 'http://slow.test';
  await take(0);
  await lapse(origin);
  const key = '0'.repeat(16);
  await frontier.settle('r', 0, 'token 0', 9, [], [{ key, kind: 'failed', line: key }]);
  const second = await take(1);
  assert.deepEqual(second.urls, ['slow/1'], 'settled');
  await lapse(origin);
  assert.deepEqual((await take(2)).urls, []);
  await frontier.passTurn('r', 1, 'token 1', origin, second.turnUntilMs);
  assert.deepEqual((await take(2)).urls, ['slow/2'], 'passed on');
  await lapse(origin);
  assert.deepEqual((await take(2, 'token of its successor')).urls, ['slow/2'], 'replaced');
});

test('a request also ends the turn if its worker knows no interval, and the interval counts from it', async (t) => {
  const { take, visit, lapse, redis, keys } = await openRun(t, ['slow'], { robots: true, hostConcurrency: 9 });
  const origin = 'http://slow.test';
  const begun = await visit(0);
  const entry = await begun.next();
  await lapse(origin);
  assert.ok(entry !== undefined);
  begun.started(entry, 0);
  assert.ok((await redis.pttl(`${keys.base}hold:${origin}`)) > INTERVAL_MS - 10_000);
  await lapse(origin);
  assert.deepEqual((await take(1)).urls, ['slow/1']);
  await begun.finish();
});

test('a visit that ends before it starts its entry passes its turn on, unless its request was sent', async (t) => {
  const { take, visit, redis, keys } = await openRun(t, ['slow'], { robots: true });
  const ended = await visit(0);
  ended.giveBack();
  await ended.finish();
  const begun = await visit(1);
  const entry = await begun.next();
  assert.equal(entry?.url, 'http://slow.test/0', 'the entry that went back');
  begun.started(entry, INTERVAL_MS);
  begun.giveBack();
  await begun.finish();
  assert.deepEqual((await take(2)).urls, []);
  assert.ok((await redis.pttl(`${keys.base}hold:http://slow.test`)) > INTERVAL_MS, 'the interval counts from the start');
});
