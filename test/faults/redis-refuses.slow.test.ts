import assert from 'node:assert/strict';
import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../src/model/log.ts';
import { type RunningCli, runCli, scratchFolder, startCli } from '../cli/run-cli.ts';
import { batchOf, runOptions, until } from '../contracts/crew.ts';
import { startRedisServer } from '../helpers/redis-server.ts';
import { startSite } from '../helpers/site.ts';
import { FedRun } from './fed-run.ts';

const FEED_EVERY_MS = 40;
/** URLs of a run that were fed and not fetched yet. Any more would only wait. */
const MOST_PENDING = 40;
/** With its URL, they make a batch. */
const BLANK_LINES = 999;
/** Each part that needs Redis asks again once a second. BullMQ by itself asks thousands of times. */
const MOST_REFUSED_A_SECOND = 100;
const FULL_URLS = 1_200;
const BATCH_URLS = 600;

/** A Redis of the test's own, a site, and a way to start commands on them. */
async function start(t: TestContext) {
  const server = await startRedisServer();
  const redis = new Redis(server.url);
  const site = await startSite((_, response) => void setTimeout(() => response.end('ok'), 10));
  const cwd = await scratchFolder(t);
  const started: RunningCli[] = [];
  t.after(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    redis.disconnect();
    await server.stop();
    await site.close();
  });
  const options = (prefix: string) => ({
    cwd,
    env: { TRAWL_REDIS_URL: server.url, TRAWL_PREFIX: prefix, TRAWL_LOCK: '1s', TRAWL_STALLED_CHECK: '300ms' },
  });
  return {
    server,
    redis,
    site,
    cwd,
    run: (args: string[], prefix = 'shared') => runCli(args, options(prefix)),
    start(args: string[], prefix = 'shared') {
      const cli = startCli(args, options(prefix));
      started.push(cli);
      return cli;
    },
  };
}

async function info(redis: Redis, field: string): Promise<string> {
  return new RegExp(`^${field}:(.*?)\\r?$`, 'm').exec(await redis.info('all'))?.[1] ?? '';
}

/** Commands that Redis refused so far. */
async function refused(redis: Redis): Promise<number> {
  const stats = await redis.info('commandstats');
  return [...stats.matchAll(/rejected_calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}

/** Puts a folder where the snapshot should be. */
async function cannotSave(redis: Redis, dir: string): Promise<void> {
  await mkdir(join(dir, 'dump.rdb'));
  await redis.config('SET', 'save', '3600 1000000');
  await redis.bgsave();
  await until(async () => (await info(redis, 'rdb_last_bgsave_status')) === 'err', 'a snapshot that fails');
}

async function canSaveAgain(redis: Redis, dir: string): Promise<void> {
  await rmdir(join(dir, 'dump.rdb'));
  await redis.bgsave();
  await until(async () => (await info(redis, 'rdb_last_bgsave_status')) === 'ok', 'a snapshot that succeeds');
}

test('Redis cannot save: enqueue stops with advice, running work waits and logs it, and each run completes later', async (t) => {
  const { server, redis, site, cwd, ...trawl } = await start(t);
  const [own, others] = [join(cwd, 'own'), join(cwd, 'others')];
  const worker = trawl.start(['worker', '-c', '5']);
  const collector = trawl.start(['collect', '--data-dir', others]);
  const enqueue = ['enqueue', '--run', 'enqueued'];
  const crawl = ['crawl', '--run', 'alone', '--data-dir', own];
  const runs = [
    new FedRun({ id: 'enqueued', producer: trawl.start([...enqueue, '-']), origin: site.origin, dataDir: others }),
    new FedRun({ id: 'alone', producer: trawl.start([...crawl, '-'], 'alone'), origin: site.origin, dataDir: own }),
  ] as const;
  await Promise.all([worker.said('worker started'), runs[0].producer.said('enqueued')]);
  // From now on, input is read as it is fed, so that the batches are the same when it is read again.
  await until(async () => (await redis.exists('{shared}:run:enqueued:meta', '{alone}:run:alone:meta')) === 2, 'runs that are open');
  const feeding = setInterval(() => {
    for (const run of runs) if (run.pending(site.hits) < MOST_PENDING) run.feed(BLANK_LINES);
  }, FEED_EVERY_MS);
  t.after(() => clearInterval(feeding));
  await until(async () => (await Promise.all(runs.map((run) => run.rows()))).every((rows) => rows.length > 0), 'rows of both');

  const sinceMs = performance.now();
  await cannotSave(redis, server.dir);
  // With the maximum pending, nothing more would be fed, and the producers would not detect the failure.
  for (const run of runs) run.feed(BLANK_LINES);
  const [enqueued, alone] = runs;
  const stopped = await enqueued.producer.result;
  assert.equal(stopped.code, 8, stopped.stderr);
  assert.match(stopped.stderr, /run enqueued is not complete: .*trawl seal enqueued/);
  assert.match(stopped.stderr, /Redis refused a command: MISCONF.*: it cannot save to its disk and refuses writes: check its log/);
  await alone.producer.said('the producer is waiting for Redis: it cannot save to its disk');
  await worker.said('this worker is waiting for Redis: it cannot save to its disk');
  await collector.said('the collector is waiting for Redis: it cannot save to its disk');
  for (const { code, stderr } of await Promise.all([trawl.run(['status']), trawl.run(['enqueue', `${site.origin}/other`])])) {
    assert.equal(code, 8, stderr);
    assert.match(stderr, /MISCONF.*it cannot save to its disk/);
  }
  const perSecond = (await refused(redis)) / ((performance.now() - sinceMs) / 1_000);
  assert.ok(perSecond < MOST_REFUSED_A_SECOND, `${perSecond} commands a second`);
  await canSaveAgain(redis, server.dir);

  clearInterval(feeding);
  alone.end();
  await writeFile(join(cwd, 'enqueued.txt'), enqueued.urls.map((url) => `${url}\n${'\n'.repeat(BLANK_LINES)}`).join(''));
  for (const { code, stderr } of await Promise.all([trawl.run([...enqueue, 'enqueued.txt']), alone.producer.result])) {
    assert.equal(code, 0, stderr);
  }
  await collector.said('run enqueued has ended');
  for (const run of runs) assert.deepEqual((await run.rows()).map(({ url }) => url).sort(), run.urls.toSorted(), run.id);
  worker.child.kill('SIGTERM');
  const { stderr } = await worker.result;
  for (const text of ['this worker is waiting', 'batches are waiting']) assert.ok(stderr.split(text).length <= 2, `said once: ${stderr}`);
  t.diagnostic(
    `${Math.round(perSecond)} commands refused a second; ${site.hits.length} requests for ${runs.flatMap(({ urls }) => urls).length} URLs`,
  );
});

test('a full Redis without a collector: workers wait, resume when maxmemory is raised, and a collector drains it', async (t) => {
  const { server, redis, site, cwd, ...trawl } = await start(t);
  const urls = Array.from({ length: FULL_URLS }, (_, index) => `${site.origin}/${index}?${'long'.repeat(75)}`);
  const engine = await openRedisEngine({ url: server.url, prefix: 'shared', patience: 'none' }, silentLog);
  t.after(() => engine.close());
  await engine.openRun(runOptions(), 'full');
  await engine.pause('full');
  for (let from = 0; from < FULL_URLS; from += BATCH_URLS) {
    await engine.submit('full', batchOf(from / BATCH_URLS, urls.slice(from, from + BATCH_URLS), from + 1));
  }
  await engine.seal('full', FULL_URLS / BATCH_URLS);
  const worker = trawl.start(['worker', '-c', '5']);
  await worker.said('worker started');
  await until(async () => (await engine.counts('full')).accepted === FULL_URLS, 'all URLs in the frontier');

  const leave = async (bytes: number) => redis.config('SET', 'maxmemory', Number(await info(redis, 'used_memory')) + bytes);
  await engine.resume('full');
  await until(() => site.hits.length > 100, 'the worker to be at work');
  // An outcome is larger than the entry that it replaces.
  await leave(0);
  await worker.said('this worker is waiting for Redis: its memory is full: raise maxmemory, or let a collector and workers drain it');
  const atFirst = site.hits.length;
  const refusedNow = await trawl.run(['enqueue', `${site.origin}/other`]);
  assert.equal(refusedNow.code, 8, refusedNow.stderr);
  assert.match(refusedNow.stderr, /Redis refused a command: OOM.*raise maxmemory/);
  assert.ok(site.hits.length < FULL_URLS, `${site.hits.length} requests`);

  await leave(150_000);
  await until(() => site.hits.length > atFirst + 200, 'the worker to go on');
  const collected = await trawl.run(['collect', 'full']);
  assert.equal(collected.code, 0, collected.stderr);
  const run = new FedRun({ id: 'full', producer: worker, origin: site.origin, dataDir: join(cwd, '.trawl/runs') });
  assert.deepEqual((await run.rows()).map(({ url }) => url).sort(), urls.toSorted());
  t.diagnostic(`full after ${atFirst} of ${FULL_URLS} URLs; ${site.hits.length - FULL_URLS} second requests`);
});
