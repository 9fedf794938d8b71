import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runCli, scratchFolder, startCli } from '../cli/run-cli.ts';
import { until } from '../contracts/crew.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { startSite } from '../helpers/site.ts';
import { fetchingChildren } from './own-children.ts';

async function start(t: TestContext, urls: number) {
  const cwd = await scratchFolder(t);
  let [inFlight, most, awaited] = [0, 0, 0];
  const held: Array<() => void> = [];
  const site = await startSite((_request, response) => {
    most = Math.max(most, ++inFlight);
    response.on('close', () => inFlight--);
    held.push(() => response.end('ok'));
    if (inFlight < awaited) return;
    awaited = 0;
    for (const answer of held.splice(0)) setTimeout(answer, 2);
  });
  /** Answers nothing until this many requests are in flight. */
  const hold = (requests: number) => {
    awaited = requests;
  };
  t.after(() => site.close());
  const env = {
    TRAWL_REDIS_URL: await testRedis(),
    TRAWL_PREFIX: `processes-${randomUUID()}`,
    TRAWL_LOCK: '1s',
    TRAWL_STALLED_CHECK: '300ms',
  };
  const lines = Array.from({ length: urls }, (_, index) => `${site.origin}/get?page=${index}`);
  await writeFile(join(cwd, 'urls.txt'), lines.join('\n'));
  const rows = async (run: string) => {
    const text = await readFile(join(cwd, '.trawl/runs', run, 'outcomes.ndjson'), 'utf8');
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  };
  return { cwd, env, site, hold, lines, rows, most: () => most };
}

test('a worker of three processes loses and repeats no row when two of them are killed, and stops like one process', async (t) => {
  const { cwd, env, site, hold, lines, rows, most } = await start(t, 500);
  const worker = startCli(['worker', '--processes', '3', '-c', '7'], { cwd, env });
  t.after(() => worker.child.kill('SIGKILL'));
  const crawl = startCli(['crawl', '--no-work', '--run', 'r', '--host-concurrency', '50', 'urls.txt'], { cwd, env });
  for (const share of [0.2, 0.4]) {
    await until(() => site.hits.length >= lines.length * share, `${share} of the hits`);
    const [victim] = await fetchingChildren(worker.child.pid);
    assert.ok(victim !== undefined);
    process.kill(victim, 'SIGKILL');
  }
  // Three processes have 3, 2 and 2 slots, so seven requests come from all of them.
  hold(7);
  const { code, stderr } = await crawl.result;
  assert.equal(code, 0, stderr);
  const all = await rows('r');
  assert.deepEqual(all.map(({ url }) => url).sort(), [...lines].sort());
  assert.ok(new Set(all.map((row) => row.worker)).size >= 3, 'several processes fetched');
  assert.ok(most() <= 7, `${most()} at a time`);
  await until(async () => (await fetchingChildren(worker.child.pid)).length === 3, 'three processes again');
  const children = await fetchingChildren(worker.child.pid);
  worker.child.kill('SIGTERM');
  const ended = await worker.result;
  assert.equal(ended.code, 143, ended.stderr);
  assert.equal(ended.stderr.split('worker started').length, 2, ended.stderr);
  assert.match(ended.stderr, /a fetching process ended \(SIGKILL\)/);
  for (const child of children) assert.throws(() => process.kill(child, 0), 'it is gone');
});

test('a worker whose processes cannot use their Redis reports it once, with the exit code of one process', async (t) => {
  const { cwd, env } = await start(t, 1);
  const url = new URL(env.TRAWL_REDIS_URL);
  url.username = 'user';
  url.password = 'wrong';
  const one = await runCli(['worker', '--redis', url.href], { cwd, env });
  const two = await runCli(['worker', '--processes', '2', '--redis', url.href], { cwd, env });
  assert.equal(one.code, 8);
  assert.equal(two.code, 8, two.stderr);
  const said = (stderr: string) =>
    stderr
      .split('\n')
      .map((line) => line.replace(/^\S+Z /, ''))
      .filter((line) => !line.includes('worker started'));
  assert.deepEqual(said(two.stderr), said(one.stderr));
});

test('a crawl on Redis with two processes has each URL once', async (t) => {
  const { cwd, env, hold, lines, rows, most } = await start(t, 200);
  // Two processes have 3 and 2 slots, so five requests come from both of them.
  hold(5);
  const { code, stderr } = await runCli(['crawl', '--processes', '2', '-c', '5', '--host-concurrency', '5', '--run', 'r', 'urls.txt'], {
    cwd,
    env,
  });
  assert.equal(code, 0, stderr);
  const all = await rows('r');
  assert.deepEqual(all.map(({ url }) => url).sort(), [...lines].sort());
  assert.equal(new Set(all.map((row) => row.worker)).size, 2);
  assert.ok(most() <= 5, `${most()} at a time`);
});

test('processes end when their parent is killed', async (t) => {
  const { cwd, env } = await start(t, 1);
  const worker = startCli(['worker', '--processes', '2'], { cwd, env });
  await until(async () => (await fetchingChildren(worker.child.pid)).length === 2, 'two processes');
  const children = await fetchingChildren(worker.child.pid);
  worker.child.kill('SIGKILL');
  await worker.result;
  await until(() => children.every((child) => isGone(child)), 'the end of both');
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
