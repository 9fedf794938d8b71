import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Frontier } from '../../../../src/engine/redis/frontier/frontier.ts';
import { packText } from '../../../../src/engine/redis/frontier/packed-text.ts';
import { keysFor, URLS_QUEUE, VISITS_QUEUE } from '../../../../src/engine/redis/keys.ts';
import { batchDigest, Ingest, isUnreadable } from '../../../../src/engine/redis/queues/ingest.ts';
import { packBatch, unpackBatch } from '../../../../src/engine/redis/queues/stored-batches.ts';
import { openRedisEngine } from '../../../../src/engine/redis/redis-engine.ts';
import { Tickets } from '../../../../src/engine/redis/visits/tickets.ts';
import { silentLog } from '../../../../src/model/log.ts';
import { batchOf, collectAll, done, runOptions, startCrew, until, urls } from '../../../contracts/crew.ts';
import { startRedisServer, testRedis } from '../../../helpers/redis-server.ts';

test('batches that arrive while Redis is full wait, and are accepted when there is room', async (t) => {
  const server = await startRedisServer();
  t.after(() => server.stop());
  const engine = await openRedisEngine({ url: server.url, prefix: 'full', patience: 'always' }, silentLog);
  const redis = new Redis(server.url);
  t.after(() => Promise.all([engine.close(), redis.quit()]));
  const run = await engine.openRun(runOptions());
  for (let batch = 0; batch < 5; batch++) await engine.submit(run, batchOf(batch, urls(100, `h${batch}.test`), batch * 100 + 1));
  await engine.seal(run, 5);
  await redis.config('SET', 'maxmemory', '1mb');
  const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
  const refusals = async () => Number(/errorstat_OOM:count=(\d+)/.exec(await redis.info('errorstats'))?.[1] ?? 0);
  await until(async () => (await refusals()) >= 5, 'Redis to refuse what is asked of it');
  await redis.config('SET', 'maxmemory', '0');
  assert.equal((await collectAll(engine, run)).outcomes.length, 500);
  await crew.stop();
});

test('refused batches are logged once, with what to do', async (t) => {
  const redis = new Redis(await testRedis(), { maxRetriesPerRequest: null });
  const keys = keysFor(`refused-${randomUUID()}`);
  const frontier = new Frontier(redis, keys);
  const queue = new Queue(URLS_QUEUE, { connection: redis, prefix: keys.queuePrefix });
  const { push } = frontier;
  let refusals = 0;
  const refusing: typeof push = async (...args) => {
    if (++refusals <= 3) throw new Error("OOM command not allowed when used memory > 'maxmemory'. script: 0123");
    return push(...args);
  };
  Object.assign(frontier, { push: refusing });
  const said: string[] = [];
  const log = { ...silentLog, warn: (_: object, message: string) => void said.push(message) };
  const ingest = new Ingest({
    redis,
    keys,
    queue,
    frontier,
    tickets: new Tickets(new Queue(VISITS_QUEUE, { connection: redis, prefix: keys.queuePrefix }), frontier, log),
    timings: { lockMs: 10_000, stalledCheckMs: 5_000 },
    limits: { maxWaiting: 1_000, maxUnreleased: 1_000, maxStoredBytes: 1_000_000 },
    log,
  });
  t.after(async () => {
    await ingest.stop();
    redis.disconnect();
  });
  await frontier.open('refused', runOptions());
  for (let batch = 0; batch < 3; batch++) await queue.add('batch', { run: 'refused', batch, lines: [`http://a.test/${batch}`] });
  await until(async () => (await frontier.counts('refused')).accepted === 3, 'all batches');
  assert.deepEqual(said, ['batches are waiting for Redis: its memory is full: raise maxmemory, or let a collector and workers drain it']);
});

test('a run with waiting batches does not block the producer of another', async (t) => {
  const url = await testRedis();
  const limits = { maxWaiting: 1_000, maxUnreleased: 1_000, maxStoredBytes: 20_000 };
  const prefix = `producers-${randomUUID()}`;
  const engine = await openRedisEngine({ url, prefix, patience: 'always', limits }, silentLog);
  const redis = new Redis(url);
  t.after(() => Promise.all([engine.close(), redis.quit()]));
  const [first, second] = [await engine.openRun(runOptions()), await engine.openRun(runOptions())];
  // No worker accepts batches yet: the first run fills its share of Redis, and its next submit waits.
  let submitted = 0;
  const stuck = (async () => {
    for (let batch = 0; batch < 110; batch++) {
      await engine.submit(first, batchOf(batch, [`http://a.test/${batch}`], batch + 1));
      submitted++;
    }
  })();
  await until(
    async () => Number(await redis.hget(`{${prefix}}:run:${first}:counts`, 'storedBytes')) >= limits.maxStoredBytes,
    'the first run to fill up',
  );
  const before = submitted;
  await engine.submit(second, batchOf(0, urls(3)));
  await engine.seal(second, 1);
  assert.ok(before < 110 && submitted <= before + 1, `${before}, then ${submitted} batches`);
  const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
  assert.equal((await collectAll(engine, second)).outcomes.length, 3);
  await stuck;
  await engine.seal(first, 110);
  assert.equal((await collectAll(engine, first)).outcomes.length, 110);
  await crew.stop();
});

test('a batch that could not be unpacked for lack of memory is not treated as damaged', () => {
  const failed = (code: string) => Object.assign(new Error(code), { code });
  assert.equal(isUnreadable(failed('Z_MEM_ERROR')), false);
  assert.equal(isUnreadable(failed('Z_DATA_ERROR')), true);
});

test('a stored batch of a traced run says nothing of the trace, because a worker of 0.1.0 would refuse it', async (t) => {
  const url = await testRedis();
  const prefix = `traced-${randomUUID()}`;
  const engine = await openRedisEngine({ url, prefix, patience: 'always' }, silentLog);
  const redis = new Redis(url);
  t.after(() => Promise.all([engine.close(), redis.quit()]));
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await engine.openRun({ ...runOptions(), traceparent }, 'traced');
  await engine.submit('traced', batchOf(0, urls(1, 'a.test')));
  const next = await new Frontier(redis, keysFor(prefix)).nextStored('traced');
  assert.ok(next !== undefined);
  assert.deepEqual((await unpackBatch(next.content)).options, runOptions());
  assert.equal((await engine.options('traced')).traceparent, traceparent);
});

test('a batch that arrives after its run was cancelled stores nothing', async (t) => {
  const { engine, stored, fill, errors } = await openFull(t);
  await fill();
  await engine.cancel('full');
  await engine.submit('full', batchOf(1, urls(50, 'b.test')));
  const { batches, sealedAt } = await engine.counts('full');
  assert.deepEqual([batches, sealedAt, await stored(), errors], [1, 1, [], []]);
  assert.equal((await collectAll(engine, 'full')).outcomes.length, 50);
});

async function openFull(t: TestContext) {
  const url = await testRedis();
  const prefix = `full-${randomUUID()}`;
  const limits = { maxWaiting: 50, maxUnreleased: 1_000, maxStoredBytes: 1_000_000 };
  const errors: string[] = [];
  const log = { ...silentLog, error: (_: object, message: string) => void errors.push(message) };
  const engine = await openRedisEngine({ url, prefix, patience: 'always', limits }, log);
  const redis = new Redis(url);
  const frontier = new Frontier(redis, keysFor(prefix));
  const queue = new Queue(URLS_QUEUE, { connection: { url }, prefix: `{${prefix}}` });
  const crew = startCrew(engine, async (entry, visit) => done(visit, entry));
  t.after(async () => {
    await crew.stop();
    await Promise.all([engine.close(), queue.close(), redis.quit()]);
  });
  const stored = () => redis.zrange(`{${prefix}}:run:full:storedOrder`, 0, -1);
  /** A paused run with the maximum number of waiting URLs. */
  const fill = async () => {
    await engine.openRun(runOptions(), 'full');
    await engine.pause('full');
    await engine.submit('full', batchOf(0, urls(50)));
    await until(async () => (await engine.counts('full')).accepted === 50, 'the run to be full');
  };
  return { engine, frontier, queue, stored, fill, errors };
}

test("batches of a full run wait in order, including those of other clients, and other runs' batches do not wait", async (t) => {
  const { engine, queue, stored, fill } = await openFull(t);
  await fill();
  await engine.submit('full', batchOf(1, urls(50, 'b.test')));
  await queue.add('batch', { run: 'full', batch: 2, lines: urls(50, 'c.test') });
  await engine.seal('full', 3);
  await until(async () => (await stored()).length === 2, 'both batches to wait');
  assert.deepEqual(await stored(), ['1', '2']);
  const other = await engine.openRun(runOptions());
  await engine.submit(other, batchOf(0, urls(3)));
  await engine.seal(other, 1);
  assert.equal((await collectAll(engine, other)).outcomes.length, 3);
  assert.equal((await engine.counts('full')).accepted, 50);
  await engine.resume('full');
  assert.equal((await collectAll(engine, 'full')).outcomes.length, 150);
  assert.deepEqual(await stored(), []);
});

test('a batch has the same identity when stored and as a job', async (t) => {
  const { engine, queue, stored, fill, errors } = await openFull(t);
  await fill();
  await engine.submit('full', batchOf(1, urls(50, 'b.test')));
  await queue.add('batch', { run: 'full', batch: 1, lines: urls(50, 'b.test') });
  await queue.add('batch', { run: 'full', batch: 1, lines: urls(50, 'c.test') });
  await until(() => errors.length > 0, 'the third to be refused');
  assert.match(errors.join(), /batch 1 of run full was submitted before with other lines/);
  assert.deepEqual([errors.length, await stored()], [1, ['1']]);
});

test('a stored batch whose producer died, or that is no batch, does not block the batches behind it', async (t) => {
  const { engine, frontier, stored, errors } = await openFull(t);
  await engine.openRun(runOptions(), 'full');
  await frontier.store('full', 0, 'digest', Buffer.from([1, 2, 3]));
  await frontier.store('full', 1, 'digest', await packText('no batch'));
  await frontier.store(
    'full',
    2,
    batchDigest(batchOf(2, urls(7))),
    await packBatch({ run: 'full', batch: 2, firstLine: 1, lines: urls(7) }),
  );
  await until(async () => (await engine.counts('full')).settled === 7, 'the URLs of the third');
  assert.deepEqual([errors.length, await stored()], [2, []]);
  assert.equal((await frontier.countsAndStored('full')).storedBytes, 0);
});
