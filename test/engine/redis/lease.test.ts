import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
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
import { done, runOptions } from '../../contracts/crew.ts';
import { testRedis } from '../../helpers/redis-server.ts';

const LIMITS = { room: 50, mostOrigins: 1, tickets: 1, budgetMs: 250, maxUnreleased: 1_000 };

/** A visit of three entries of one origin, whose lock is known to hold for this long. */
async function openVisit(t: TestContext, leaseMs: number) {
  const redis = new Redis(await testRedis());
  t.after(() => redis.quit());
  const keys = keysFor(`lease-${randomUUID()}`);
  const frontier = new Frontier(redis, keys);
  const options = runOptions({ hostConcurrency: 1 });
  await frontier.open('r', options);
  const entries = [0, 1, 2].map((index) => {
    const url = `http://a.test/${index}`;
    return { key: String(index).padStart(16, '0'), url, origin: 'http://a.test', depth: 0, attempts: 0, deferrals: 0, acceptedAtMs: 0 };
  });
  await frontier.push('r', 0, 'digest', entries, []);
  const checkOut = (token: string) => frontier.checkout('r', 0, token, options, LIMITS);
  const home = {
    frontier,
    checkOut: () => checkOut('token'),
    suspects: new SuspectTurn(),
    cooldowns: new OriginCooldowns(),
    robots: new SharedRobots(redis, keys),
    strikeSpacingMs: 0,
    wake: () => {},
    missed: () => {},
    activity: new Activity(() => 0),
    hasRoom: () => true,
    roundSize: new RoundSize(),
  };
  const visit = new RedisVisit(
    { run: 'r', ticket: 0, token: 'token' },
    options,
    await checkOut('token'),
    performance.now() + leaseMs,
    home,
  );
  return { visit, frontier, checkOut, suspects: () => redis.exists(`${keys.base}run:r:suspects`) };
}

test('when its lock expires, a visit aborts its fetch, settles finished entries, and gives back the rest unsuspected', async (t) => {
  const { visit, frontier, suspects } = await openVisit(t, 60_000);
  const first = await visit.next();
  assert.ok(first !== undefined);
  visit.settle(first, done(visit, first));
  assert.ok((await visit.next()) !== undefined);
  visit.extendLease(performance.now());
  await once(visit.signal, 'abort');
  assert.equal(await visit.next(), undefined);
  await visit.finish();
  const { settled, inFlight } = await frontier.counts('r');
  assert.deepEqual([settled, inFlight, await suspects()], [1, 0, 0]);
});

test('a renewed lock does not expire, and one that expired while the process was suspended starts nothing', async (t) => {
  const { visit } = await openVisit(t, 20);
  visit.extendLease(performance.now() + 10_000);
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.equal(visit.signal.aborted, false);
  visit.extendLease(performance.now() + 1);
  // No timer can fire here, as in a process that was suspended.
  for (const untilMs = performance.now() + 5; performance.now() < untilMs; );
  assert.equal(await visit.next(), undefined);
  await visit.finish();
});

test('a visit that was replaced by another settles nothing', async (t) => {
  const { visit, frontier, checkOut } = await openVisit(t, 10_000);
  const first = await visit.next();
  assert.ok(first !== undefined);
  await checkOut('next');
  visit.settle(first, done(visit, first));
  assert.equal(await visit.finish(), undefined);
  assert.equal(visit.signal.aborted, true);
  const { settled, inFlight } = await frontier.counts('r');
  assert.deepEqual([settled, inFlight], [0, 3]);
});
