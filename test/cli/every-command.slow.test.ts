/** Runs each command once, as a real process with little to do. The `*.slow.test.ts` files in this folder test the commands thoroughly. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { testRedis } from '../helpers/redis-server.ts';
import { startSite } from '../helpers/site.ts';
import { scaledMs, until } from '../helpers/until.ts';
import { runCli, scratchFolder, startCli } from './run-cli.ts';

const URLS = 30;

async function start(t: TestContext) {
  const site = await startSite();
  t.after(() => site.close());
  const cwd = await scratchFolder(t);
  const urls = Array.from({ length: URLS }, (_, n) => `${site.origin}/get?n=${n}`);
  await writeFile(join(cwd, 'urls.txt'), urls.join('\n'));
  const succeed = async (args: string[], env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await runCli(args, { cwd, env });
    assert.equal(code, 0, `trawl ${args.join(' ')}: ${stderr}`);
    return { stdout, stderr };
  };
  const rows = async (run: string) => {
    const log = await readFile(join(cwd, '.trawl/runs', run, 'outcomes.ndjson'), 'utf8');
    return log
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  return { site, cwd, urls, succeed, rows };
}

test('on Redis: enqueue, pause, resume, status, worker, collect, report, rm', async (t) => {
  const { site, cwd, urls, succeed, rows } = await start(t);
  const env = { TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `test-${randomUUID()}` };
  const state = async () => JSON.parse((await succeed(['status', 'mine', '-f', 'json'], env)).stdout).runs[0]?.state;
  assert.equal((await succeed(['enqueue', '--run', 'mine', 'urls.txt'], env)).stdout, 'mine\n');
  await succeed(['pause', 'mine'], env);
  assert.equal(await state(), 'paused');
  await succeed(['resume', 'mine'], env);
  const worker = startCli(['worker', '-c', '5'], { cwd, env });
  t.after(() => worker.child.kill('SIGKILL'));
  assert.match((await succeed(['collect', 'mine'], env)).stderr, new RegExp(`Total: ${URLS} URLs, ${URLS} success, 0 failed`));
  worker.child.kill('SIGTERM');
  assert.equal((await worker.result).code, 143);
  assert.deepEqual((await rows('mine')).map(({ url }) => url).sort(), urls.toSorted());
  assert.equal(site.hits.length, URLS);
  assert.equal(await state(), 'ended');
  assert.match((await succeed(['report', 'mine'])).stdout, new RegExp(`^Total: ${URLS} URLs`, 'm'));
  await succeed(['rm', 'mine'], env);
});

test('in memory: --continue resumes a stopped crawl and fetches nothing twice', async (t) => {
  const { cwd, succeed, rows } = await start(t);
  let stuck: string | undefined = '/10';
  const site = await startSite((request, response) => {
    if (request.url !== stuck) response.end('a page');
  });
  t.after(() => site.close());
  const urls = Array.from({ length: URLS }, (_, n) => `${site.origin}/${n}`);
  await writeFile(join(cwd, 'urls.txt'), urls.join('\n'));
  const crawl = startCli(['--run', 'mine', '-c', '1', '--drain', '0', 'urls.txt'], { cwd });
  await until(() => site.countOf('/10') === 1, 'the page that does not answer to be asked for');
  crawl.child.kill('SIGINT');
  assert.equal((await crawl.result).code, 130);
  const finished = (await rows('mine')).map(({ url }) => url);
  assert.deepEqual(finished, urls.slice(0, 10));
  stuck = undefined;
  const { stdout } = await succeed(['--continue', 'mine', '-f', 'json']);
  const { books } = JSON.parse(stdout);
  assert.deepEqual([books.rows, books.ok, books.balanced], [URLS, URLS, true]);
  for (const url of finished) assert.equal(site.countOf(new URL(url).pathname), 1, url);
  await succeed(['diff', 'mine', 'mine']);
});

test('map and reduce', async (t) => {
  const { cwd, succeed, rows } = await start(t);
  await writeFile(
    join(cwd, 'sum.mjs'),
    `export const map = ({ url }) => Number(new URL(url).searchParams.get('n'));
     export const initial = 0;
     export const reduce = (sum, n) => sum + n;`,
  );
  const { stdout } = await succeed(['--run', 'mine', '--map', 'sum.mjs', '--reduce', 'sum.mjs', '-f', 'result', 'urls.txt']);
  assert.equal(stdout.trim(), String((URLS * (URLS - 1)) / 2));
  assert.equal((await rows('mine')).filter(({ data }) => data?.length === 1).length, URLS);
});

test('watch, plan and explain', async (t) => {
  const { site, succeed } = await start(t);
  assert.match((await succeed(['watch', '--every', `${scaledMs(200)}ms`, '--times', '2', `${site.origin}/get`])).stdout, /up {2}http/);
  assert.equal(site.hits.length, 2);
  assert.match((await succeed(['plan', 'urls.txt'])).stdout, new RegExp(`\\b${URLS}\\b`));
  assert.match((await succeed(['explain', `${site.origin}/get`])).stdout, /\/get/);
});

test('a usage error exits with 3 and says what to do, and an unreachable Redis exits with 8', async (t) => {
  const { cwd } = await start(t);
  const mistake = await runCli(['statsu'], { cwd });
  assert.deepEqual(mistake, { code: 3, stdout: '', stderr: 'trawl: no such command or file: statsu; did you mean status?\n' });
  const away = await runCli(['status', '--redis', 'redis://127.0.0.1:1'], { cwd });
  assert.equal(away.code, 8, away.stderr);
});
