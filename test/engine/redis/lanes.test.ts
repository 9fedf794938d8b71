import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { RunOptions } from '../../../src/core/run-options.ts';
import { Frontier, type OriginReport, type SettleMove } from '../../../src/engine/redis/frontier.ts';
import { keysFor } from '../../../src/engine/redis/keys.ts';
import { runOptions } from '../../contracts/crew.ts';
import { testRedis } from '../../helpers/redis-server.ts';

const LIMITS = { room: 1, mostOrigins: 1, tickets: 20, budgetMs: 250, maxUnreleased: 1_000 };
const ORIGIN = 'http://a.test';
const ANSWERED: OriginReport = { origin: ORIGIN, holdMs: 0, latencyMs: 0, misses: 0, answered: true };

/** A frontier whose runs all have many entries of one origin. */
async function openFrontier(t: TestContext) {
  const redis = new Redis(await testRedis());
  t.after(() => redis.quit());
  const frontier = new Frontier(redis, keysFor(`lanes-${randomUUID()}`));
  const held = new Map<string, string>();

  const open = async (run: string, changes: Partial<RunOptions>) => {
    const options = runOptions(changes);
    await frontier.open(run, options);
    const entries = Array.from({ length: 100 }, (_, index) => {
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
      /** The visit ends. Gives the other runs that are told to go on. */
      leave: async (ticket: number, report: OriginReport = ANSWERED) => {
        const move: SettleMove = { key: held.get(`${run} ${ticket}`) as string, kind: 'ok', line: '{}' };
        return (await frontier.settle(run, ticket, 'token', options.hostConcurrency, [report], [move])).offered;
      },
    };
  };
  return { open, frontier, redis };
}

test('an origin that answers again is at once open to the visits that waited for its one lane', async (t) => {
  const { open } = await openFrontier(t);
  const run = await open('r', { hostConcurrency: 4 });
  await run.visit(0);
  await run.leave(0, { ...ANSWERED, misses: 2, answered: false });
  assert.equal(await run.visit(0), true);
  assert.equal(await run.visit(1), false, 'it does not answer: one visit at a time');
  await run.leave(0);
  for (const ticket of [0, 1, 2, 3]) assert.equal(await run.visit(ticket), true, `visit ${ticket}`);
});

test('a run with a lower limit gets its lanes, and does not keep them from one with a higher', async (t) => {
  const { open } = await openFrontier(t);
  const [modest, greedy] = [await open('modest', { hostConcurrency: 1 }), await open('greedy', { hostConcurrency: 3 })];
  await modest.visit(0);
  assert.equal(await greedy.visit(1), true, 'it has its lane, and claims no other');
  await modest.leave(0);
  assert.equal(await modest.visit(0), false);
  assert.equal(await greedy.visit(2), false, 'the next lane is for who waits');
  assert.deepEqual(await greedy.leave(1), ['modest']);
  assert.equal(await greedy.visit(1), false, 'it was told, and is about to come');
  assert.equal(await modest.visit(0), true);
  await sleep(51);
  assert.equal(await greedy.visit(1), true);
});

test('a run with a lower limit is waited for however slow the origin is', async (t) => {
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

test('a settle that is repeated tells nothing twice', async (t) => {
  const { open, frontier } = await openFrontier(t);
  const run = await open('r', { hostConcurrency: 4 });
  await run.visit(0);
  for (let times = 0; times < 3; times++) await run.leave(0, { ...ANSWERED, misses: 1, answered: false });
  assert.deepEqual(await frontier.throttled(), [], 'one miss');
  await run.visit(1);
  for (let times = 0; times < 3; times++) await run.leave(1, { ...ANSWERED, holdMs: 1 });
  assert.deepEqual(
    (await frontier.throttled()).map(({ concurrency, asks }) => [concurrency, asks]),
    [[2, 1]],
  );
});
