import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import type { Outcome } from '../../src/model/outcome.ts';
import { until } from '../contracts/crew.ts';
import { startRedisServer, testRedis } from '../helpers/redis-server.ts';
import { startSite } from '../helpers/site.ts';
import { scaledMs } from '../helpers/until.ts';
import { runCli, scratchFolder, startCli } from './run-cli.ts';

/** The tests mostly wait for checks, or for Redis to come back. */
const AT_ONCE = 3;
/** A watch considers a run lost if nothing happens for three times as long. Starved processes must not cause that. */
const LOCK = `${scaledMs(3_000)}ms`;

/** What Redis holds of schedules and runs. */
async function keysLeft(url: string, prefix: string): Promise<string[]> {
  const redis = new Redis(url);
  const keys = [...(await redis.keys(`{${prefix}}:ticks-*`)), ...(await redis.keys(`{${prefix}}:run:*`))];
  await redis.quit();
  return keys;
}

async function rowsOf(cwd: string): Promise<Outcome[]> {
  const folder = join(cwd, '.trawl/runs');
  const logs = await Promise.all((await readdir(folder)).map((run) => readFile(join(folder, run, 'outcomes.ndjson'), 'utf8')));
  return logs
    .join('')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Outcome);
}

/** A service that can be stopped and restarted, and a watch of it on a Redis. */
async function startWatch(t: TestContext, redis: string) {
  const cwd = await scratchFolder(t);
  const prefix = `watch-${randomUUID()}`;
  const site = await startSite();
  t.after(() => site.close());
  const url = `${site.origin}/get`;
  const env = { TRAWL_REDIS_URL: redis, TRAWL_PREFIX: prefix, TRAWL_LOCK: LOCK, TRAWL_STALLED_CHECK: '500ms' };
  const start = (...args: string[]) => startCli(['watch', '--every', '200ms', ...args, url], { cwd, env });
  return { cwd, env, prefix, site, url, start };
}

const kinds = (stdout: string) => stdout.split('\n').flatMap((line) => /^\d{4}-\S+T\S+Z {2}(\w+)/.exec(line)?.[1] ?? []);

describe('watch on Redis', { concurrency: AT_ONCE }, () => {
  test('another worker takes part in a watch on Redis, and with --times nothing of the watch is left there', async (t) => {
    const redis = await testRedis();
    const { cwd, env, prefix, url, start } = await startWatch(t, redis);
    const worker = startCli(['worker'], { cwd, env });
    await worker.said('worker started');
    const { code, stdout, stderr } = await start('--times', '4').result;
    assert.equal(code, 0, stderr);
    assert.deepEqual(kinds(stdout), ['up']);
    worker.child.kill('SIGTERM');
    await worker.result;
    const rows = await rowsOf(cwd);
    assert.deepEqual(
      rows.map(({ url: row, meta }) => [row, (meta as { round: number }).round]),
      [1, 2, 3, 4].map((round) => [url, round]),
    );
    assert.deepEqual(await keysLeft(redis, prefix), []);
  });

  test('down, recovered, then SIGTERM on Redis; its schedule and run are gone, and the watch can be started again', async (t) => {
    const redis = await testRedis();
    const { cwd, env, prefix, site, url, start } = await startWatch(t, redis);
    const watch = start();
    await watch.said(`up  ${url}`);
    assert.ok(
      (await keysLeft(redis, prefix)).some((key) => key.includes(':ticks-')),
      'BullMQ has its schedule',
    );
    await site.close();
    await watch.said(`down  ${url}  refused: `);
    const again = await startSite({ port: site.port });
    t.after(() => again.close());
    await watch.said(`recovered  ${url}`);
    watch.child.kill('SIGTERM');
    const { code, stderr } = await watch.result;
    assert.equal(code, 143, stderr);
    assert.deepEqual(await keysLeft(redis, prefix), []);
    const { code: second } = await start('--times', '2').result;
    assert.equal(second, 0);
    const [run = ''] = await readdir(join(cwd, '.trawl/runs'));
    assert.equal((await runCli(['report', run], { cwd, env })).code, 0);
  });

  test('a killed watch leaves a run that can be removed, and the next watch has its own', async (t) => {
    const redis = await testRedis();
    const { cwd, env, url, start } = await startWatch(t, redis);
    const watch = start();
    await watch.said(`up  ${url}`);
    watch.child.kill('SIGKILL');
    const { stderr } = await watch.result;
    const { code, stdout } = await start('--times', '2').result;
    assert.deepEqual([code, kinds(stdout)], [0, ['up']]);
    const run = /: run (\S+);/.exec(stderr)?.[1] ?? '';
    const removed = await runCli(['rm', run], { cwd, env });
    assert.equal(removed.code, 0, removed.stderr);
    assert.match((await runCli(['status'], { cwd, env })).stdout, /^No runs\./);
  });

  test('a watch resumes after pause, moves to a new run after rm, and ends after cancel', async (t) => {
    const redis = await testRedis();
    const { cwd, env, prefix, site, url, start } = await startWatch(t, redis);
    const watch = start();
    await watch.said(`up  ${url}`);
    const [first = ''] = await readdir(join(cwd, '.trawl/runs'));
    await runCli(['pause', first], { cwd, env });
    await watch.said('the previous check is still running');
    const paused = site.hits.length;
    await runCli(['resume', first], { cwd, env });
    await until(() => site.hits.length > paused + 2, 'it is checked again');
    await runCli(['rm', first], { cwd, env });
    await watch.said('the watch continues in run ');
    const removed = site.hits.length;
    await until(() => site.hits.length > removed + 2, 'it is checked in the next run');
    const last = (await readdir(join(cwd, '.trawl/runs'))).find((run) => run !== first) ?? '';
    await runCli(['cancel', last], { cwd, env });
    const { code, stdout, stderr } = await watch.result;
    assert.equal(code, 4, stderr);
    assert.match(stderr, /was ended by another command, which ends the watch too$/m);
    assert.deepEqual(kinds(stdout), ['up']);
    assert.match(stdout, /^1 service: 1 up; /m);
    assert.deepEqual(await keysLeft(redis, prefix), []);
  });

  for (const [what, args, isKept] of [
    ['keeps its data', ['--appendonly', 'yes', '--appendfsync', 'always'], true],
    ['loses its data', [], false],
  ] as const) {
    test(`the watch continues when Redis goes away and ${what}`, async (t) => {
      const server = await startRedisServer({ args: [...args] });
      t.after(() => server.stop());
      const { cwd, prefix, site, url, start } = await startWatch(t, server.url);
      const watch = start();
      await watch.said(`up  ${url}`);
      await server.kill();
      const again = await startRedisServer({ port: server.port, dir: server.dir, args: [...args] });
      t.after(() => again.stop());
      const before = site.hits.length;
      await until(() => site.hits.length >= before + 4, 'it is checked again');
      await site.close();
      await watch.said(`down  ${url}  refused: `);
      watch.child.kill('SIGTERM');
      const { code, stdout, stderr } = await watch.result;
      assert.equal(code, 143, stderr);
      assert.deepEqual(kinds(stdout), ['up', 'down'], stdout);
      assert.equal(stderr.includes('the watch continues in run'), !isKept, stderr);
      const rounds = (await rowsOf(cwd)).map(({ meta }) => (meta as { round: number }).round);
      assert.equal(new Set(rounds).size, rounds.length, 'no check is there twice');
      assert.deepEqual(await keysLeft(server.url, prefix), []);
    });
  }

  test('a stop while Redis is away ends the watch and reports what it found', async (t) => {
    const server = await startRedisServer();
    t.after(() => server.stop());
    const { url, start } = await startWatch(t, server.url);
    const watch = start();
    await watch.said(`up  ${url}`);
    await server.kill();
    await watch.said('ECONNREFUSED');
    watch.child.kill('SIGTERM');
    const { code, stdout, stderr } = await watch.result;
    assert.equal(code, 143, stderr);
    assert.match(stdout, /^1 service: 1 up; \d+ rounds? in /m);
  });
});
