import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { testRedis } from '../helpers/redis-server.ts';
import { runCli, scratchFolder, startCli } from './run-cli.ts';

test('enqueue reports that its run was cancelled while it was still reading lines', async (t) => {
  const cwd = await scratchFolder(t);
  const env = { TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `steer-${randomUUID()}` };
  const enqueueing = startCli(['enqueue', '--run', 'piped', '-'], { cwd, env });
  t.after(() => enqueueing.child.kill('SIGKILL'));
  await enqueueing.said('piped\n');
  assert.equal((await runCli(['cancel', 'piped'], { cwd, env })).code, 0);
  enqueueing.child.stdin?.end('http://127.0.0.1:9/late\n');
  const { code, stderr } = await enqueueing.result;
  assert.match(stderr, /run piped was cancelled while its lines were being enqueued/);
  assert.equal(code, 4);
});

test('runs are paused, resumed, sealed, cancelled and removed from the command line', async (t) => {
  const cwd = await scratchFolder(t);
  const env = { TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `steer-${randomUUID()}` };
  const trawl = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli(args, { cwd, env });
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const stateOf = async (run: string) =>
    (JSON.parse(await trawl('status', run, '-f', 'json')) as { runs: { state: string }[] }).runs[0]?.state;
  await writeFile(join(cwd, 'urls.txt'), Array.from({ length: 1_500 }, (_, index) => `http://127.0.0.1:9/${index}`).join('\n'));

  await trawl('enqueue', '--run', 'first', '--open', 'urls.txt');
  assert.equal(await stateOf('first'), 'open');
  await trawl('pause', 'first');
  assert.equal(await stateOf('first'), 'paused');
  await trawl('resume', 'first');
  await trawl('seal', 'first');
  assert.equal(await stateOf('first'), 'running');
  const cancelled = await runCli(['cancel', 'first'], { cwd, env });
  assert.equal(cancelled.code, 0);
  assert.match(
    cancelled.stderr,
    /run first is cancelled, but 2 batches of lines and 0 URLs still need a worker to write their rows, and none is running/,
  );

  const worker = startCli(['worker'], { cwd, env });
  t.after(() => worker.child.kill('SIGKILL'));
  assert.match((await runCli(['collect', 'first'], { cwd, env })).stderr, /Total: 1500 URLs, 0 success, 0 failed, 1500 skipped/);
  assert.equal(await stateOf('first'), 'cancelled');
  const rows = (await readFile(join(cwd, '.trawl/runs/first/outcomes.ndjson'), 'utf8')).trim().split('\n');
  assert.equal(rows.length, 1_500);
  for (const row of rows) assert.equal(JSON.parse(row).verdict, 'cancelled');

  await trawl('rm', 'first');
  const { code, stderr } = await runCli(['status', 'first'], { cwd, env });
  assert.notEqual(code, 0);
  assert.match(stderr, /there is no run first/);
  const again = await runCli(['enqueue', '--run', 'first', 'urls.txt'], { cwd, env });
  assert.match(again.stderr, /run first was removed/);
});
