import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type RunningCli, scratchFolder, startCli } from '../cli/run-cli.ts';
import { until } from '../contracts/crew.ts';
import { type RedisServer, startRedisServer } from '../helpers/redis-server.ts';
import { type Site, startSite } from '../helpers/site.ts';
import { DEADLINE_MS } from '../helpers/until.ts';
import { FedRun } from './fed-run.ts';

const FEED_EVERY_MS = 40;
/** URLs of a run that were fed and not fetched yet. Any more would only wait. */
const MOST_PENDING = 40;
const LOADS_FOR_MS = 2_000;
/** The second makes Redis check its connections while it loads its data. */
const REDIS_ARGS = ['--appendonly', 'yes', '--loading-process-events-interval-bytes', '1024'];

let server: RedisServer;
let site: Site;
let dir: string;
let workers: RunningCli[];
let services: RunningCli[];
let runs: FedRun[];
/** Producers are fed however many URLs are pending: one that has nothing to submit does not notice that Redis is away. */
let mustNotice = false;

/** Workers, a collector and three producers: one enqueues, one collects what others fetch, one does everything by itself. */
async function startAll(t: TestContext): Promise<void> {
  dir = await mkdtemp(join(tmpdir(), 'trawl-redis-'));
  server = await startRedisServer({ dir, args: REDIS_ARGS });
  site = await startSite((_, response) => void setTimeout(() => response.end('ok'), 10));
  const cwd = await scratchFolder(t);
  const started: RunningCli[] = [];
  t.after(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    await server.stop();
    await site.close();
    await rm(dir, { recursive: true, force: true });
  });
  const start = (args: string[], prefix = 'shared') => {
    const cli = startCli(args, { cwd, env: { TRAWL_REDIS_URL: server.url, TRAWL_PREFIX: prefix } });
    started.push(cli);
    return cli;
  };
  const [own, others] = [join(cwd, 'own'), join(cwd, 'others')];
  const fed = (id: string, dataDir: string, args: string[], prefix?: string) =>
    new FedRun({ id, producer: start([...args, '--run', id, '-'], prefix), origin: site.origin, dataDir });
  workers = [start(['worker', '-c', '5']), start(['worker', '-c', '5'])];
  services = [...workers, start(['collect', '--data-dir', others])];
  runs = [
    fed('enqueued', others, ['enqueue']),
    fed('unworked', own, ['crawl', '--no-work', '--data-dir', own]),
    fed('alone', own, ['crawl', '--data-dir', own], 'alone'),
  ];
}

/** Each worker fetches, and each run gets rows of URLs that are given to its producer from now on. */
async function allGoOn(t: TestContext): Promise<void> {
  const [backAt, sinceMs, fed] = [new Date().toISOString(), performance.now(), runs.map(({ urls }) => urls.length)];
  const wentOn = new Map<string, number>();
  while (wentOn.size < workers.length + runs.length) {
    const rows = await Promise.all(runs.map((run) => run.rows()));
    const afterMs = Math.round(performance.now() - sinceMs);
    const note = (name: string) => void wentOn.set(name, wentOn.get(name) ?? afterMs);
    runs.forEach(({ id, urls }, index) => {
      const given = new Set(urls.slice(fed[index]));
      if (rows[index]?.some(({ url }) => given.has(url))) note(id);
    });
    for (const { child } of workers) {
      if (rows.flat().some(({ worker, finishedAt }) => finishedAt > backAt && worker?.endsWith(`-${child.pid}`)))
        note(`worker ${child.pid}`);
    }
    assert.ok(afterMs < DEADLINE_MS, `went on: ${[...wentOn.keys()]}`);
    await sleep(50);
  }
  t.diagnostic(`went on after: ${[...wentOn].map(([name, ms]) => `${name} ${ms} ms`).join(', ')}`);
}

async function everyProcessSays(text: string): Promise<void> {
  mustNotice = true;
  await Promise.all([...services, ...runs.map(({ producer }) => producer)].map((cli) => cli.said(text)));
  mustNotice = false;
}

async function command(use: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(server.url);
  await use(redis).finally(() => redis.disconnect());
}

/** Kills Redis and restarts it on the same data after a while. */
async function killFor(ms: number, args: string[] = []): Promise<void> {
  await server.kill();
  await sleep(ms);
  server = await startRedisServer({ dir, port: server.port, args: [...REDIS_ARGS, ...args] });
}

async function stopFor(ms: number): Promise<void> {
  process.kill(server.pid, 'SIGSTOP');
  await sleep(ms);
  process.kill(server.pid, 'SIGCONT');
}

/** Simulates a failover that has not found its new master yet. */
async function beReplica(): Promise<void> {
  await command((redis) => redis.replicaof('127.0.0.1', 1));
  await everyProcessSays('refuses writes, so they wait: it is a read-only replica');
  await command((redis) => redis.replicaof('NO', 'ONE'));
}

async function loadSlowly(): Promise<void> {
  let delayUs = 0;
  await command(async (redis) => {
    delayUs = Math.round((LOADS_FOR_MS * 1_000) / (await redis.dbsize()));
    // Each command in the append-only file adds a delay as well, so there must be few.
    await redis.bgrewriteaof();
    await until(async () => /aof_rewrite_in_progress:0/.test(await redis.info('persistence')), 'a rewritten append-only file');
  });
  await Promise.all([
    everyProcessSays('not responding yet; retrying (it may be loading data)'),
    killFor(0, ['--key-load-delay', String(delayUs)]),
  ]);
}

const FAULTS: ReadonlyArray<readonly [name: string, fault: () => Promise<void>]> = [
  ['killed, and back after 1 s', () => killFor(1_000)],
  ['stopped for 3 s, its connections open', () => stopFor(3_000)],
  ['killed, and back after 8 s', () => killFor(8_000)],
  ['a replica without a master for a while', beReplica],
  ['killed, and slow to load its data', loadSlowly],
];

test('every process recovers by itself after a Redis outage, and each run has one row per URL', async (t) => {
  await startAll(t);
  const feeding = setInterval(() => {
    for (const run of runs) if (mustNotice || run.pending(site.hits) < MOST_PENDING) run.feed();
  }, FEED_EVERY_MS);
  t.after(() => clearInterval(feeding));
  await t.test('before', (one) => allGoOn(one));
  for (const [name, fault] of FAULTS) {
    await t.test(name, async (one) => {
      const sinceMs = performance.now();
      await fault();
      one.diagnostic(`away for ${Math.round(performance.now() - sinceMs)} ms`);
      await allGoOn(one);
    });
  }
  clearInterval(feeding);
  for (const run of runs) run.end();
  for (const { producer } of runs) {
    const { code, stderr } = await producer.result;
    assert.equal(code, 0, stderr);
  }
  await services.at(-1)?.said('run enqueued has ended');
  for (const run of runs) assert.deepEqual((await run.rows()).map(({ url }) => url).sort(), run.urls.toSorted(), run.id);
  t.diagnostic(`${runs.map(({ id, urls }) => `${id}: ${urls.length} URLs`).join(', ')}`);
});
