import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '../chaos/seeded-random.ts';
import { type RunningCli, runCli, scratchFolder, startCli } from '../cli/run-cli.ts';
import { until } from '../contracts/crew.ts';
import { linkedSite } from '../helpers/linked-site.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { type Site, startSite } from '../helpers/site.ts';

/** The maximum depth at which the result does not depend on the order of the pages. */
const DEPTH = 15;
const FOLLOW = ['-d', String(DEPTH), '--private', 'allow'];

async function start(t: test.TestContext) {
  const cwd = await scratchFolder(t);
  const elsewhere = await startSite({ host: '127.0.0.2', handler: (_request, response) => void response.end() });
  const linked = linkedSite(seededRandom(11), 300, elsewhere.origin);
  const site = await startSite((request, response) => void setTimeout(() => linked.handler(request, response), 5));
  t.after(() => Promise.all([site.close(), elsewhere.close()]));
  const expected = linked.reference(DEPTH);
  const rows = async (run: string) => {
    const text = await readFile(join(cwd, '.trawl/runs', run, 'outcomes.ndjson'), 'utf8');
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map(({ url, verdict }) => `${url.slice(site.origin.length)} ${verdict}`)
      .sort();
  };
  return { cwd, site, expected, rows };
}

/** Waits until the crawl has covered a part of the site. */
function halfway(site: Site, share: number, expected: readonly string[]): Promise<void> {
  const hits = Math.floor(expected.length * share);
  return until(() => site.hits.length >= hits, `${hits} hits`);
}

test('killing workers during a crawl loses and repeats nothing', async (t) => {
  const { cwd, site, expected, rows } = await start(t);
  const env = {
    TRAWL_REDIS_URL: await testRedis(),
    TRAWL_PREFIX: `killed-crawl-${randomUUID()}`,
    TRAWL_LOCK: '1s',
    TRAWL_STALLED_CHECK: '300ms',
  };
  const workers: RunningCli[] = [];
  const startWorker = () => workers.push(startCli(['worker', '-c', '5'], { cwd, env }));
  t.after(() => {
    for (const { child } of workers) child.kill('SIGKILL');
  });
  startWorker();
  startWorker();
  const enqueued = await runCli(['enqueue', ...FOLLOW, '--run', 'killed', `${site.origin}/`], { cwd, env });
  assert.equal(enqueued.code, 0, enqueued.stderr);
  for (const [index, share] of [0.2, 0.5].entries()) {
    startWorker();
    await halfway(site, share, expected);
    workers[index]?.child.kill('SIGKILL');
  }
  const collected = await runCli(['collect', 'killed'], { cwd, env });
  assert.equal(collected.code, 2, collected.stderr);
  assert.deepEqual(await rows('killed'), expected);
});

test('a stopped crawl, and a killed one, resume with --continue: every URL once', async (t) => {
  const { cwd, site, expected, rows } = await start(t);
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    site.hits.length = 0;
    const cli = startCli([...FOLLOW, '-c', '5', '--run', signal, `${site.origin}/`], { cwd });
    await halfway(site, 0.4, expected);
    cli.child.kill(signal);
    await cli.result;
    const before = (await rows(signal).catch(() => [])).length;
    assert.ok(before < expected.length, `${before} rows before`);
    const { code, stderr } = await runCli(['--continue', signal, '-c', '20', '-q'], { cwd });
    assert.equal(code, 2, stderr);
    assert.deepEqual(await rows(signal), expected, signal);
  }
});
