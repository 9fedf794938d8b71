import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { openRunFolder, writeRunFile } from '../../src/collector/run-folder.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { startSite } from '../helpers/site.ts';
import { until } from '../helpers/until.ts';
import { runCli, scratchFolder, startCli } from './run-cli.ts';

const URLS = 40;

async function start(t: TestContext) {
  const site = await startSite();
  t.after(() => site.close());
  const cwd = await scratchFolder(t);
  await writeFile(join(cwd, 'urls.txt'), Array.from({ length: URLS }, (_, n) => `${site.origin}/get?n=${n}\n`).join(''));
  const succeed = async (args: string[], env: Record<string, string> = {}) => {
    const result = await runCli(args, { cwd, env });
    assert.equal(result.code, 0, `trawl ${args.join(' ')}: ${result.stderr}`);
    return result;
  };
  const filesOf = async (run: string) => (await readdir(join(cwd, '.trawl/runs', run))).sort();
  return { site, cwd, succeed, filesOf };
}

test('every command reads a compressed log; prune then removes the run, and latest and runs no longer list it', async (t) => {
  const { site, cwd, succeed, filesOf } = await start(t);
  await writeFile(
    join(cwd, 'count.mjs'),
    'export const map = () => 1; export const initial = 0; export const reduce = (sum, n) => sum + n;',
  );
  await succeed(['--run', 'before', '--map', 'count.mjs', 'urls.txt']);
  await succeed(['--run', 'after', '--map', 'count.mjs', 'urls.txt']);
  assert.deepEqual(await filesOf('after'), ['checkpoint.json', 'outcomes.ndjson', 'run.json']);
  const table = (await succeed(['report', 'after'])).stdout;
  const log = await readFile(join(cwd, '.trawl/runs/after/outcomes.ndjson'), 'utf8');

  const pruned = JSON.parse((await succeed(['prune', '--compress', '0', '-f', 'json'])).stdout);
  assert.deepEqual([pruned.removed, pruned.compressed.length, pruned.kept.runs], [[], 2, 2]);
  for (const run of ['before', 'after']) assert.deepEqual(await filesOf(run), ['checkpoint.json', 'outcomes.ndjson.gz', 'run.json']);

  assert.equal((await succeed(['report', 'latest'])).stdout, table);
  assert.equal((await succeed(['report', 'after', '-f', 'ndjson'])).stdout, log);
  const inOrder = (await succeed(['report', 'after', '-f', 'csv', '--order', 'input'])).stdout.trimEnd().split('\n');
  assert.deepEqual(
    inOrder.slice(1).map((line) => /n=(\d+)/.exec(line)?.[1]),
    Array.from({ length: URLS }, (_, n) => String(n)),
  );
  for (const file of ['outcomes.ndjson', 'outcomes.ndjson.gz', ''])
    assert.match((await succeed(['report', join('.trawl/runs/after', file), '-f', 'json'])).stdout, /"run": "after"/);
  assert.match((await succeed(['diff', 'before', 'after'])).stdout, new RegExp(`${URLS} the same`));
  await succeed(['report', 'after', '--baseline', 'before', '-f', 'json', '-o', 'r.json']);
  assert.match((await succeed(['explain', '--run', 'after', `${site.origin}/get?n=7`])).stdout, /200/);
  assert.match((await succeed(['report', 'after', '--reduce', 'count.mjs', '-f', 'result'])).stdout, new RegExp(`^${URLS}$`, 'm'));
  assert.match((await succeed(['runs'])).stdout, /2 runs/);
  const continued = await succeed(['--continue', 'after']);
  assert.match(continued.stderr, /run after has already ended/);
  assert.equal(continued.stdout, table);
  assert.equal(site.countOf('/get?n=7'), 2, 'nothing was fetched again');
  const overwriting = await runCli(['report', 'after', '-o', '.trawl/runs/after/outcomes.ndjson.gz'], { cwd });
  assert.deepEqual([overwriting.code, /cannot write the report to/.test(overwriting.stderr)], [3, true]);

  assert.match((await succeed(['prune', '--keep', '0', '--dry-run'])).stdout, /^Would remove 2 runs, /);
  assert.match((await succeed(['prune', '--keep', '0'])).stdout, /^Removed 2 runs, [\s\S]*Kept 0 runs, 0 B in \.trawl\/runs\.\n$/);
  assert.deepEqual(await readdir(join(cwd, '.trawl/runs')), []);
  assert.match((await succeed(['runs'])).stdout, /^No runs/);
  const latest = await runCli(['report', 'latest'], { cwd });
  assert.deepEqual([latest.code, /there is no latest run/.test(latest.stderr)], [3, true]);
});

test('prune without a rule, or with an invalid one, is a usage error', async (t) => {
  const { cwd } = await start(t);
  for (const [args, said] of [
    [['prune'], /say what is to be kept: --keep 30d/],
    [['prune', '--keep', '30'], /"30" is not an age: write it like 30d/],
    [['prune', '--keep', '30d', 'run'], /too many arguments for 'prune'/],
  ] as const) {
    const { code, stderr } = await runCli(args, { cwd });
    assert.equal(code, 3);
    assert.match(stderr, said);
  }
});

test('collect removes and compresses old runs while it runs as a service', async (t) => {
  const { cwd } = await start(t);
  const env = { TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `test-${randomUUID()}` };
  const dataDir = join(cwd, '.trawl/runs');
  const books = { submitted: 1, duplicates: 0, accepted: 1, discovered: 0, rows: 1, ok: 1, failed: 0, skipped: 0, balanced: true };
  for (const [run, days] of [
    ['old', 40],
    ['mid', 10],
    ['new', 1],
  ] as const) {
    const folder = await openRunFolder(dataDir, run);
    const at = new Date(Date.now() - days * 86_400_000).toISOString();
    await writeRunFile(folder, { summary: { run, state: 'ended', startedAt: at, endedAt: at, books } });
    await writeFile(folder.outcomesFile, '{}\n'.repeat(5_000));
  }
  const collector = startCli(['collect', '--keep', '30d', '--compress', '7d'], { cwd, env });
  t.after(() => collector.child.kill('SIGKILL'));
  await collector.said('compressed the log of run mid');
  collector.child.kill('SIGTERM');
  const { code, stderr } = await collector.result;
  assert.equal(code, 143, stderr);
  assert.match(stderr, /removed run old, 15\.\d KB/);
  assert.deepEqual((await readdir(dataDir)).sort(), ['mid', 'new']);
  assert.ok((await readdir(join(dataDir, 'mid'))).includes('outcomes.ndjson.gz'));
  assert.ok((await readdir(join(dataDir, 'new'))).includes('outcomes.ndjson'));
});

test('a running watch in memory is protected from removal, and its files can be removed once it is stopped', async (t) => {
  const { site, cwd, succeed } = await start(t);
  const env = { TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `test-${randomUUID()}` };
  const watch = startCli(['watch', '--every', '100ms', `${site.origin}/get`], { cwd });
  t.after(() => watch.child.kill('SIGKILL'));
  await until(() => site.hits.length >= 3, 'some checks');
  const busy = (await succeed(['prune', '--keep-bytes', '0', '--interrupted'], env)).stdout;
  assert.match(busy, new RegExp(`No run to remove\\.[\\s\\S]*is being crawled by process ${watch.child.pid}`));
  watch.child.kill('SIGTERM');
  await watch.result;
  assert.match((await succeed(['prune', '--keep', '0'])).stdout, /^Removed 1 run, /);
});

test('prune removes the Redis timer of a killed watch, and keeps that of a live one', async (t) => {
  const { site, cwd, succeed } = await start(t);
  const prefix = `test-${randomUUID()}`;
  const env = { TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: prefix };
  const redis = new Redis(env.TRAWL_REDIS_URL);
  t.after(() => redis.quit());
  const queues = async () => new Set((await redis.keys(`{${prefix}}:ticks-*`)).map((key) => /ticks-([^:]*)/.exec(key)?.[1] ?? ''));
  const watch = async (folder: string) => {
    const others = await queues();
    const { child } = startCli(['watch', '--every', '1s', '--data-dir', folder, `${site.origin}/${folder}`], { cwd, env });
    t.after(() => child.kill('SIGKILL'));
    await until(() => site.hits.filter(({ path }) => path === `/${folder}`).length >= 2, 'some checks');
    const [run = ''] = [...(await queues())].filter((name) => !others.has(name));
    return { child, run };
  };
  const killed = await watch('killed');
  const live = await watch('live');
  killed.child.kill('SIGKILL');
  await until(async () => (await redis.exists(`{${prefix}}:ticks-${killed.run}:stalled-check`)) === 0, 'its last sign of life to expire');
  const untouched = JSON.parse((await succeed(['prune', '--keep', '9999d', '-f', 'json'], env)).stdout);
  assert.deepEqual(untouched.timers, [], 'it could be on its way back');
  await redis.zadd(`{${prefix}}:ticks-${killed.run}:repeat`, Date.now() - 3_600_000, 'tick');

  const would = (await succeed(['prune', '--keep', '9999d', '--dry-run'], env)).stdout;
  assert.match(would, new RegExp(`Would remove 1 timer of killed watches on Redis: ${killed.run}\n`));
  assert.match((await succeed(['prune', '--keep', '9999d'], env)).stdout, new RegExp(`Removed 1 timer .*: ${killed.run}\n`));
  assert.deepEqual([...(await queues())], [live.run]);
  const before = site.hits.length;
  await until(() => site.hits.length > before, 'the live watch to go on');
});
