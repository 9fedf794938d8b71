import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { Frontier } from '../../../src/engine/redis/frontier/frontier.ts';
import type { SettleMove } from '../../../src/engine/redis/frontier/scripts/settle.ts';
import { packEntry } from '../../../src/engine/redis/frontier/wire-format.ts';
import { keysFor } from '../../../src/engine/redis/keys.ts';
import { openRedisEngine } from '../../../src/engine/redis/redis-engine.ts';
import { LoggedRows } from '../../../src/engine/rules/logged-rows.ts';
import type { Entry } from '../../../src/model/entry.ts';
import { formatOutcome } from '../../../src/model/lines/outcome-line.ts';
import { silentLog } from '../../../src/model/log.ts';
import { cancelledOutcome } from '../../../src/model/unfetched-outcome.ts';
import { urlKey } from '../../../src/model/url/canonical-url.ts';
import { runOptions } from '../../contracts/crew.ts';
import { testRedis } from '../../helpers/redis-server.ts';

const LIMITS = { room: 50, mostOrigins: 16, tickets: 4, budgetMs: 250, maxUnreleased: 1_000 };
const KEY = urlKey('http://a.test/');
const ENTRY: Entry = { key: KEY, url: 'http://a.test/', origin: 'http://a.test', depth: 0, attempts: 0, deferrals: 0, acceptedAtMs: 0 };

/** A run with one entry, checked out under the token `one` as ticket 0. */
async function checkedOut(t: TestContext) {
  const redis = new Redis(await testRedis());
  t.after(() => redis.quit());
  const prefix = `send-${randomUUID()}`;
  const engine = await openRedisEngine({ url: await testRedis(), prefix, patience: 'always' }, silentLog);
  t.after(() => engine.close());
  const frontier = new Frontier(redis, keysFor(prefix));
  const run = await engine.openRun(runOptions());
  await frontier.push(run, 0, 'digest', [ENTRY], []);
  const checkout = (token: string) => frontier.checkout(run, 0, token, runOptions(), LIMITS);
  await checkout('one');
  const send = (token: string) => frontier.send(run, 0, token, KEY);
  const marks = () => redis.exists(`{${prefix}}:run:${run}:sent`);
  return { engine, frontier, run, checkout, send, marks };
}

test('a request is sent once, and a later holder of its entry learns that it was sent', async (t) => {
  const { checkout, send } = await checkedOut(t);
  assert.equal(await send('one'), 'send');
  assert.equal(await send('one'), 'send', 'the same again if the reply was lost');
  await checkout('two');
  assert.equal(await send('one'), 'fenced');
  await checkout('two');
  assert.equal(await send('two'), 'sent');
});

test('a request may be sent again after its entry was given back, retried or redirected', async (t) => {
  const { frontier, run, checkout, send, marks } = await checkedOut(t);
  for (const kind of ['back', 'retry:0', 'moved:1'] as const) {
    assert.equal(await send('one'), 'send');
    assert.equal(await marks(), 1);
    const packed = packEntry(ENTRY);
    const move: SettleMove = kind === 'back' ? { key: KEY, kind, packed } : { key: KEY, kind, origin: ENTRY.origin, packed };
    await frontier.settle(run, 0, 'one', 10, [], [move]);
    assert.equal(await marks(), 0);
    await checkout('one');
  }
});

test('giving back an entry does not clear the mark of an earlier visit that may have sent it', async (t) => {
  const { frontier, run, checkout, send } = await checkedOut(t);
  await send('one');
  await checkout('two');
  await frontier.settle(run, 0, 'two', 10, [], [{ key: KEY, kind: 'back', packed: packEntry(ENTRY) }]);
  await checkout('three');
  assert.equal(await send('three'), 'sent');
});

test('the mark of a sent request is removed with its outcome, and with the run', async (t) => {
  const { engine, frontier, run, send, marks } = await checkedOut(t);
  await send('one');
  await frontier.settle(run, 0, 'one', 10, [], [{ key: KEY, kind: 'ok', line: '{"verdict":"ok","depth":0}' }]);
  assert.equal(await marks(), 0);
  const other = await checkedOut(t);
  await other.send('one');
  await other.engine.remove(other.run);
  assert.equal(await other.marks(), 0);
  await engine.remove(run);
});

test('the mark of a sent request is removed with an entry that turns out to be in the log', async (t) => {
  const { frontier, run, checkout, send, marks } = await checkedOut(t);
  await send('one');
  const rows = new LoggedRows();
  rows.add(formatOutcome(cancelledOutcome(run, ENTRY, runOptions(), 0)));
  await frontier.restore(run, rows);
  assert.deepEqual((await checkout('two')).entries, []);
  assert.equal(await marks(), 0);
});
