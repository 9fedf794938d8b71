import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { readThrottledOrigins } from '../../../src/engine/redis/engine-facts.ts';
import { Frontier } from '../../../src/engine/redis/frontier/frontier.ts';
import type { OriginReport, SettleMove } from '../../../src/engine/redis/frontier/scripts/settle.ts';
import { keysFor } from '../../../src/engine/redis/keys.ts';
import type { RunOptions } from '../../../src/model/run-options.ts';
import { MAX_REMEMBERED, REMEMBERED_MS } from '../../../src/model/unreachable-origin.ts';
import { runOptions, until } from '../../contracts/crew.ts';
import { testRedis } from '../../helpers/redis-server.ts';

const LIMITS = { room: 1, mostOrigins: 1, tickets: 20, budgetMs: 250, maxUnreleased: 1_000 };
const ORIGIN = 'http://a.test';
const ENTRIES = 20;
const ANSWERED: OriginReport = { origin: ORIGIN, holdMs: 0, latencyMs: 0, misses: 0, answered: true };

/** A frontier whose runs all have many entries of one origin. */
async function openFrontier(t: TestContext) {
  const redis = new Redis(await testRedis());
  t.after(() => redis.quit());
  const keys = keysFor(`lanes-${randomUUID()}`);
  const frontier = new Frontier(redis, keys);
  const held = new Map<string, string>();

  const open = async (run: string, changes: Partial<RunOptions>) => {
    const options = runOptions(changes);
    await frontier.open(run, options);
    const entries = Array.from({ length: ENTRIES }, (_, index) => {
      return {
        key: String(index).padStart(16, '0'),
        url: `${ORIGIN}/${index}`,
        origin: ORIGIN,
        depth: 0,
        attempts: 0,
        deferrals: 0,
        acceptedAtMs: 0,
      };
    });
    await frontier.push(run, 0, 'digest', entries, []);
    return {
      /** True if the visit of this ticket took a lane, and with it an entry. */
      visit: async (ticket: number) => {
        const { entries } = await frontier.checkout(run, ticket, 'token', options, LIMITS);
        if (entries[0] !== undefined) held.set(`${run} ${ticket}`, entries[0].key);
        return entries.length === 1;
      },
      /** Ends the visit. Returns the other runs that were offered its lane. */
      leave: async (ticket: number, report: OriginReport = ANSWERED) => {
        const move: SettleMove = { key: held.get(`${run} ${ticket}`) as string, kind: 'ok', line: '{}' };
        return (await frontier.settle(run, ticket, 'token', options.hostConcurrency, [report], [move])).offered;
      },
    };
  };
  const throttled = async () => readThrottledOrigins(redis, keys, await frontier.nowMs());
  return { open, throttled, redis, keys };
}

test('an origin that answers again immediately admits the visits that waited for its only lane', async (t) => {
  const { open } = await openFrontier(t);
  const run = await open('r', { hostConcurrency: 4 });
  await run.visit(0);
  await run.leave(0, { ...ANSWERED, misses: 2, answered: false });
  assert.equal(await run.visit(0), true);
  assert.equal(await run.visit(1), false, 'it does not answer: one visit at a time');
  await run.leave(0);
  for (const ticket of [0, 1, 2, 3]) assert.equal(await run.visit(ticket), true, `visit ${ticket}`);
});

test('a run with a lower limit gets its lanes, and does not withhold them from one with a higher limit', async (t) => {
  const { open } = await openFrontier(t);
  const [modest, greedy] = [await open('modest', { hostConcurrency: 1 }), await open('greedy', { hostConcurrency: 3 })];
  await modest.visit(0);
  assert.equal(await greedy.visit(1), true, 'it has its lane, and claims no other');
  await modest.leave(0);
  assert.equal(await modest.visit(0), false);
  assert.equal(await greedy.visit(2), false, 'the next lane is reserved for the waiting run');
  assert.deepEqual(await greedy.leave(1), ['modest']);
  assert.equal(await greedy.visit(1), false, 'the waiting run was notified and is about to take it');
  assert.equal(await modest.visit(0), true);
  await sleep(51);
  assert.equal(await greedy.visit(1), true);
});

test('a lane stays reserved for a run with a lower limit, however slow the origin is', async (t) => {
  const { open } = await openFrontier(t);
  const [modest, greedy] = [await open('modest', { hostConcurrency: 1 }), await open('greedy', { hostConcurrency: 2 })];
  for (const ticket of [0, 1]) assert.equal(await greedy.visit(ticket), true);
  assert.equal(await modest.visit(0), false);
  await sleep(2_100);
  await greedy.leave(0);
  assert.equal(await greedy.visit(0), false);
  assert.deepEqual(await greedy.leave(1), ['modest']);
  assert.equal(await modest.visit(0), true);
});

test('a repeated settle reports nothing twice', async (t) => {
  const { open, throttled } = await openFrontier(t);
  const run = await open('r', { hostConcurrency: 4 });
  await run.visit(0);
  for (let times = 0; times < 3; times++) await run.leave(0, { ...ANSWERED, misses: 1, answered: false });
  assert.deepEqual(await throttled(), [], 'one miss');
  await run.visit(1);
  for (let times = 0; times < 3; times++) await run.leave(1, { ...ANSWERED, holdMs: 1 });
  assert.deepEqual(
    (await throttled()).map(({ concurrency, asks }) => [concurrency, asks]),
    [[2, 1]],
  );
});

test('the state of an origin is ignored and hidden from operators after an hour', async (t) => {
  const { open, throttled, redis, keys } = await openFrontier(t);
  const run = await open('r', { hostConcurrency: 4 });
  const anHourAgo = Date.now() - REMEMBERED_MS;
  await redis.hset(keys.misses, ORIGIN, `30 ${anHourAgo}`);
  await redis.hset(keys.pace, ORIGIN, `1 4 ${anHourAgo} ${anHourAgo} 30`);
  assert.deepEqual(await throttled(), []);
  for (const ticket of [0, 1, 2, 3]) assert.equal(await run.visit(ticket), true, `visit ${ticket}`);
  await run.leave(0, { ...ANSWERED, misses: 1, answered: false });
  assert.deepEqual(await throttled(), [], 'its one miss is its first');
});

test('at most some thousands of origins are remembered while nothing waits for them', async (t) => {
  const { open, redis, keys } = await openFrontier(t);
  const run = await open('r', { hostConcurrency: 4 });
  const others = Array.from({ length: MAX_REMEMBERED }, (_, index) => [`http://${index}.test`, `2 ${Date.now()}`]).flat();
  await redis.hset(keys.misses, ...others);
  for (let left = ENTRIES; left > 0; left--) {
    await run.visit(0);
    await run.leave(0, { ...ANSWERED, misses: 1, answered: false });
    assert.equal(await redis.hexists(keys.misses, ORIGIN), left > 1 ? 1 : 0);
  }
});

test('answers to a stricter run do not open all lanes of an origin that asked for a pause', async (t) => {
  const { open, throttled, redis, keys } = await openFrontier(t);
  const [modest, greedy] = [await open('modest', { hostConcurrency: 1 }), await open('greedy', { hostConcurrency: 8 })];
  await greedy.visit(0);
  await greedy.leave(0, { ...ANSWERED, holdMs: 1 });
  const aSecondAgo = Date.now() - 1_000;
  await redis.hset(keys.pace, ORIGIN, `4 8 ${aSecondAgo} ${aSecondAgo} 1`);
  await until(() => modest.visit(0), 'the pause to end');
  await modest.leave(0);
  assert.deepEqual(
    (await throttled()).map(({ concurrency }) => concurrency),
    [5],
  );
});
