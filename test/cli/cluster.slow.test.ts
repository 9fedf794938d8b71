import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { testRedis } from '../helpers/redis-server.ts';
import { startSite } from '../helpers/site.ts';
import { runCli, scratchFolder, startCli } from './run-cli.ts';

/** A separate deployment on the tests' Redis, and a list of `count` pages. */
async function start(t: test.TestContext, count: number) {
  const site = await startSite();
  t.after(() => site.close());
  const cwd = await scratchFolder(t);
  await writeFile(join(cwd, 'urls.txt'), Array.from({ length: count }, (_, n) => `${site.origin}/get?n=${n}\n`).join(''));
  const env = { TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `test-${randomUUID()}` };
  return { site, options: { cwd, env } };
}

test('producer, worker and collector run as separate processes: one row for each URL', async (t) => {
  const { site, options } = await start(t, 300);
  const worker = startCli(['worker', '-c', '5'], options);
  const enqueued = await runCli(['enqueue', 'urls.txt'], options);
  assert.equal(enqueued.code, 0, enqueued.stderr);
  assert.match(enqueued.stdout, /^\S+\n$/);
  const run = enqueued.stdout.trim();

  const collected = await runCli(['collect', run], options);
  assert.equal(collected.code, 0, collected.stderr);
  assert.equal(collected.stdout, '');
  assert.match(collected.stderr, /Total: 300 URLs, 300 success, 0 failed/);
  const log = await readFile(join(options.cwd, '.trawl/runs', run, 'outcomes.ndjson'), 'utf8');
  const urls = log
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).url);
  assert.deepEqual([urls.length, new Set(urls).size], [300, 300]);
  assert.ok(site.maxInProgress <= 5);

  const status = await runCli(['status', '-f', 'json'], options);
  const [{ state, settled, ok }] = JSON.parse(status.stdout).runs;
  assert.deepEqual([state, settled, ok], ['ended', 300, 300]);
  const report = await runCli(['report', run], options);
  assert.match(report.stdout, /^Total: 300 URLs, 300 success, 0 failed$/m);

  worker.child.kill('SIGTERM');
  const stopped = await worker.result;
  assert.equal(stopped.code, 143, stopped.stderr);
  assert.equal(stopped.stdout, '');
  assert.match(stopped.stderr, /worker started redis=redis:\/\/127\.0\.0\.1:\d+ concurrency=5/);
  assert.match(stopped.stderr, /worker stopped/);
});

test('crawl on Redis with --no-work leaves the work to the workers, and still reports it', async (t) => {
  const { site, options } = await start(t, 40);
  const worker = startCli(['worker'], options);
  const { code, stdout } = await runCli(['-f', 'ndjson', '--no-work', 'urls.txt'], options);
  assert.equal(code, 0);
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(new Set(rows.map(({ url }) => url)).size, 40);
  assert.deepEqual([...new Set(rows.map(({ worker: name }) => String(name).endsWith(`-${worker.child.pid}`)))], [true]);
  assert.equal(site.hits.length, 40);
  worker.child.kill('SIGTERM');
  await worker.result;
});

test('crawl on Redis does the work itself', async (t) => {
  const { options } = await start(t, 40);
  const { code, stdout, stderr } = await runCli(['urls.txt'], options);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Total: 40 URLs, 40 success, 0 failed$/m);
});

test('a collector service finds the run, writes its folder, and stops on a signal', async (t) => {
  const { options } = await start(t, 20);
  const worker = startCli(['worker'], options);
  const collector = startCli(['collect'], options);
  const run = (await runCli(['enqueue', 'urls.txt'], options)).stdout.trim();
  await collector.said(`run ${run} has ended: 20 rows`);
  for (const { child } of [worker, collector]) child.kill('SIGTERM');
  assert.deepEqual([(await worker.result).code, (await collector.result).code], [143, 143]);
});

test('a service that waits for its Redis stops on a signal', async (t) => {
  const { options } = await start(t, 1);
  const worker = startCli(['worker', '--redis', 'redis://127.0.0.1:1'], options);
  await worker.said('ECONNREFUSED');
  worker.child.kill('SIGINT');
  assert.equal((await worker.result).code, 130);
});

test('an unknown run is exit 3, and leaves no folder', async (t) => {
  const { options } = await start(t, 1);
  for (const command of ['status', 'collect']) {
    const { code, stderr } = await runCli([command, 'nosuchrun'], options);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /^trawl: .*nosuchrun/m);
  }
  await assert.rejects(readFile(join(options.cwd, '.trawl/runs/nosuchrun/run.json')), { code: 'ENOENT' });
});

test('--open leaves the run open, and status shows it', async (t) => {
  const { options } = await start(t, 1);
  const { code } = await runCli(['enqueue', '--open', '--run', 'mine', 'urls.txt'], options);
  assert.equal(code, 0);
  assert.match((await runCli(['status', 'mine'], options)).stdout, /^mine +open /m);
});

test('the example script prints the id of a sealed run', async (t) => {
  const { options } = await start(t, 3);
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const script = [join('scripts', 'enqueue.ts'), join(options.cwd, 'urls.txt')];
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', ...script], {
    cwd: root,
    env: { ...process.env, ...options.env },
  });
  const [counts] = JSON.parse((await runCli(['status', '-f', 'json', stdout.trim()], options)).stdout).runs;
  assert.deepEqual([counts.state, counts.sealedAt], ['running', 1]);
});

test('a plain-text secret in a header that goes to Redis causes one warning', async (t) => {
  const { options } = await start(t, 1);
  const header = (value: string) => ['-H', `Authorization: ${value}`];
  const plain = await runCli(['enqueue', ...header('Bearer s3cret'), 'urls.txt'], options);
  assert.equal(plain.code, 0, plain.stderr);
  assert.equal(plain.stderr.split('is stored in Redis').length, 2, plain.stderr);
  assert.doesNotMatch(plain.stderr, /s3cret/);
  const referred = await runCli(['enqueue', ...header('env:NOT_SET_HERE'), 'urls.txt'], options);
  assert.doesNotMatch(referred.stderr, /stored in Redis|NOT_SET_HERE/);
});

test('crawl on Redis warns if a secret named by a header is missing, because a worker may have it', async (t) => {
  const { site, options } = await start(t, 1);
  const cli = startCli(['-H', 'X-Key: env:TOKEN', 'urls.txt'], options);
  await cli.said('not set in the environment: TOKEN (for the header X-Key)');
  await cli.said('its URLs wait for a worker that has it');
  cli.child.kill('SIGTERM');
  assert.equal((await cli.result).code, 143);
  assert.equal(site.hits.length, 0);
});

test('crawl on Redis that is stopped before its list was read advises sealing, not collecting', async (t) => {
  const { site, options } = await start(t, 1);
  const cli = startCli(['-f', 'ndjson', '--run', 'mine', '-'], options);
  cli.child.stdin?.write(`${site.origin}/get\n`);
  await cli.said('"status":200');
  cli.child.kill('SIGTERM');
  const { code, stderr } = await cli.result;
  assert.equal(code, 143, stderr);
  assert.match(stderr, /stopped before all URLs were read: 1 URL done; to end it with the URLs read so far: trawl seal mine\n$/);
});
