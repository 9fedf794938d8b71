import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { appendFile, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { until } from '../contracts/crew.ts';
import { startRedisServer, testRedis } from '../helpers/redis-server.ts';
import { type Site, startSite } from '../helpers/site.ts';
import { runCli, scratchFolder, startCli } from './run-cli.ts';

const URLS = 400;

interface Scene {
  cwd: string;
  site: Site;
  log: string;
  /** URLs that have a row so far. */
  logged(): Promise<string[]>;
}

/** A list with a duplicate, an invalid line and credentials, and a site that is slow enough to interrupt, and stops answering at `mostAnswers` requests. */
async function scene(t: TestContext, mostAnswers = () => Number.POSITIVE_INFINITY): Promise<Scene> {
  const cwd = await scratchFolder(t);
  let answers = 0;
  const site = await startSite((_, response) => {
    const answer = () => {
      if (response.destroyed) return;
      if (answers >= mostAnswers()) {
        setTimeout(answer, 10);
        return;
      }
      answers++;
      response.end('a page');
    };
    setTimeout(answer, 10);
  });
  t.after(() => site.close());
  const lines = Array.from({ length: URLS }, (_, index) => `${site.origin}/${index}`);
  lines.splice(50, 0, 'no url', '# a comment', `${site.origin}/7`, site.origin.replace('//', '//user:secret@'));
  await writeFile(join(cwd, 'urls.txt'), lines.join('\n'));
  const log = join(cwd, '.trawl/runs/mine/outcomes.ndjson');
  const logged = async () => {
    const text = await readFile(log, 'utf8').catch(() => '');
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).url);
  };
  return { cwd, site, log, logged };
}

/** The result of an undisturbed crawl of the list. */
async function assertWhole({ cwd, site, logged }: Scene, stdout: string): Promise<void> {
  const { state, books, figures } = JSON.parse(stdout);
  const expected = {
    submitted: URLS + 3,
    duplicates: 1,
    accepted: URLS + 2,
    discovered: 0,
    rows: URLS + 2,
    ok: URLS + 1,
    failed: 1,
    skipped: 0,
  };
  assert.deepEqual([state, books], ['ended', { ...expected, balanced: true }]);
  assert.equal(figures.rows, URLS + 2);
  const wanted = [...Array.from({ length: URLS }, (_, index) => `${site.origin}/${index}`), 'no url', `${site.origin}/`];
  assert.deepEqual((await logged()).sort(), wanted.sort());
  assert.equal((await readdir(join(cwd, '.trawl/runs/mine'))).includes('lock'), false);
}

for (const signal of ['SIGINT', 'SIGKILL'] as const) {
  test(`${signal} and --continue, twice: same report as an undisturbed crawl, and no URL with a row is refetched`, async (t) => {
    const it = await scene(t);
    const { cwd, site, log, logged } = it;
    let command = ['urls.txt', '--run', 'mine', '-H', 'X-Run: mine', '-f', 'json'];
    for (const part of [1, 2]) {
      const crawl = startCli(command, { cwd });
      await until(async () => (await logged()).length > part * 100, 'rows on disk');
      crawl.child.kill(signal);
      await crawl.result;
      const done = new Map((await logged()).map((url) => [new URL(url, site.origin).pathname, 0]));
      for (const path of done.keys()) done.set(path, site.countOf(path));
      // The torn end of a row that was being written.
      if (signal === 'SIGKILL') await appendFile(log, '{"schema":1,"run":"mine","url":"http://127');
      command = ['--continue', 'mine', '-f', 'json'];
      if (part === 1) continue;
      const { code, stdout, stderr } = await runCli(command, { cwd });
      assert.equal(code, 2, stderr);
      await assertWhole(it, stdout);
      for (const [path, hits] of done) assert.equal(site.countOf(path), hits, `${path} has a row`);
    }
  });
}

test('--continue reports an ended run, refuses one that is still running, and reports an unknown one', async (t) => {
  const it = await scene(t);
  const { cwd, site, logged } = it;
  const crawl = startCli(['urls.txt', '--run', 'mine', '-c', '1', '-f', 'json'], { cwd });
  await until(async () => (await logged()).length > 0, 'rows on disk');
  const meanwhile = await runCli(['--continue', 'mine'], { cwd });
  assert.match(meanwhile.stderr, /run mine is being crawled by process \d+/);
  assert.notEqual(meanwhile.code, 0);
  await assertWhole(it, (await crawl.result).stdout);
  const hits = site.hits.length;
  const again = await runCli(['--continue', 'mine', '-f', 'json'], { cwd });
  assert.deepEqual([again.code, site.hits.length], [2, hits]);
  assert.match(again.stderr, /run mine has already ended/);
  await assertWhole(it, again.stdout);
  const unknown = await runCli(['--continue', 'other'], { cwd });
  assert.equal(unknown.code, 3);
  assert.match(unknown.stderr, /no run other in \.trawl\/runs/);
});

test('--continue asks for what is not stored: secrets, stdin, credentials', async (t) => {
  const { cwd, site, logged } = await scene(t);
  const input = Array.from({ length: URLS }, (_, index) => `${site.origin}/${index}`).join('\n');
  const crawl = startCli(['-', '--run', 'mine', '-H', 'Authorization: Bearer abc', '--retries', '0'], { cwd, input });
  await until(async () => (await logged()).length > 0, 'rows on disk');
  crawl.child.kill('SIGINT');
  assert.match((await crawl.result).stderr, /to continue with the same list: trawl --continue mine FILE/);
  assert.match((await runCli(['--continue', 'mine'], { cwd })).stderr, /give -H 'Authorization: …' again/);
  const secret = ['-H', 'authorization: Bearer abc'];
  assert.match((await runCli(['--continue', 'mine', ...secret], { cwd })).stderr, /was read from stdin/);
  const { code, stdout } = await runCli(['--continue', 'mine', ...secret, '--timeout', '9s', '-', '-f', 'json'], { cwd, input });
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout).books.rows, URLS);
  const { options } = JSON.parse(await readFile(join(cwd, '.trawl/runs/mine/run.json'), 'utf8'));
  assert.deepEqual([options.retries, options.timeoutMs], [0, 9_000], 'recorded options, and over them those that are given');
});

test('Redis flushed during an interrupted run: URLs with a row are not fetched again', async (t) => {
  const it = await scene(t);
  const { cwd, site, logged } = it;
  const url = await testRedis();
  const prefix = `flushed-${randomUUID()}`;
  const env = { TRAWL_REDIS_URL: url, TRAWL_PREFIX: prefix };
  // On Redis, credentials in a URL make the line invalid.
  await writeFile(join(cwd, 'urls.txt'), (await readFile(join(cwd, 'urls.txt'), 'utf8')).replace('user:secret@', ''));
  const crawl = startCli(['urls.txt', '--run', 'mine'], { cwd, env });
  await until(async () => (await logged()).length > 100, 'rows on disk');
  crawl.child.kill('SIGINT');
  await crawl.result;
  const redis = new Redis(url);
  for (const key of await redis.keys(`{${prefix}}:*`)) await redis.del(key);
  await redis.quit();
  const done = (await logged()).filter((row) => row !== 'no url').map((row) => new URL(row).pathname);
  const hits = new Map(done.map((path) => [path, site.countOf(path)]));
  assert.match((await runCli(['--continue', 'mine'], { cwd })).stderr, /run mine is on Redis: give --redis URL/);
  const { code, stdout, stderr } = await runCli(['--continue', 'mine', '-f', 'json'], { cwd, env });
  assert.equal(code, 2, stderr);
  await assertWhole(it, stdout);
  for (const [path, before] of hits) assert.equal(site.countOf(path), before, `${path} has a row`);
});

test('Redis killed during a crawl, losing its last second: the crawl continues by itself and repeats no row', async (t) => {
  // The site pauses twice, so that neither what Redis keeps nor what it loses depends on timing.
  const answers = { most: 150 };
  const it = await scene(t, () => answers.most);
  const { cwd, logged } = it;
  const args = ['--appendonly', 'yes'];
  const first = await startRedisServer({ args });
  t.after(() => first.stop());
  const env = { TRAWL_REDIS_URL: first.url, TRAWL_LOCK: '1s', TRAWL_STALLED_CHECK: '300ms' };
  await writeFile(join(cwd, 'urls.txt'), (await readFile(join(cwd, 'urls.txt'), 'utf8')).replace('user:secret@', ''));
  const crawl = startCli(['urls.txt', '--run', 'mine', '-f', 'json'], { cwd, env });
  const appendFolder = join(first.dir, 'appendonlydir');
  const incremental = join(appendFolder, (await readdir(appendFolder)).find((name) => name.includes('.incr.')) as string);
  const rowsOf = async (count: number) => until(async () => (await logged()).length >= count, `${count} rows on disk`);
  await rowsOf(100);
  const kept = (await stat(incremental)).size;
  answers.most = 300;
  await rowsOf(250);
  await first.kill();
  await truncate(incremental, kept);
  const second = await startRedisServer({ args, dir: first.dir, port: first.port });
  t.after(() => second.stop());
  answers.most = Number.POSITIVE_INFINITY;
  const { code, stdout, stderr } = await crawl.result;
  assert.equal(code, 2, stderr);
  assert.match(stderr, /the engine has lost data/);
  await assertWhole(it, stdout);
});

test('a stopped crawl on Redis gives up its run: --continue need not wait, but refuses different options', async (t) => {
  let isOpen = false;
  const it = await scene(t, () => (isOpen ? Number.POSITIVE_INFINITY : 100));
  const { cwd, logged } = it;
  const env = { TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `stop-${randomUUID()}` };
  // Credentials in URLs are not sent through Redis.
  await writeFile(join(cwd, 'urls.txt'), (await readFile(join(cwd, 'urls.txt'), 'utf8')).replace('user:secret@', ''));
  const crawl = startCli(['urls.txt', '--run', 'mine', '--timeout', '20s', '-H', 'X-Run: mine', '--drain', '0s', '-f', 'json'], {
    cwd,
    env,
  });
  await until(async () => (await logged()).length > 50, 'rows on disk');
  crawl.child.kill('SIGHUP');
  assert.equal((await crawl.result).code, 129);
  isOpen = true;
  const other = await runCli(['--continue', 'mine', '--timeout', '5s', '-H', 'X-Run: other', '--retries', '2', '-f', 'json'], {
    cwd,
    env,
  });
  assert.equal(other.code, 3, other.stderr);
  assert.match(other.stderr, /run mine is on Redis with other options: --timeout, --header; .*leave them out/);
  const { code, stdout, stderr } = await runCli(['--continue', 'mine', '--timeout', '20s', '-H', 'X-Run: mine', '-f', 'json'], {
    cwd,
    env,
  });
  assert.equal(code, 2, stderr);
  assert.doesNotMatch(stderr, /is being collected/);
  await assertWhole(it, stdout);
});
