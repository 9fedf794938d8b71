import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type TestContext, test } from 'node:test';
import { scratchFolder, startCli } from '../cli/run-cli.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { type Site, startSite } from '../helpers/site.ts';
import { scaledMs, until } from '../helpers/until.ts';

const HOUR_MS = 3_600_000;
const INTERVAL_MS = 200;

/** Starts workers whose clocks are off by these times, and waits until they work. */
async function startWorkers(t: TestContext, cwd: string, shiftsMs: number[]) {
  const env = {
    TRAWL_REDIS_URL: await testRedis(),
    TRAWL_PREFIX: `polite-${randomUUID()}`,
    // The URLs of a worker that starves for longer would be requested again.
    TRAWL_LOCK: `${scaledMs(4_000)}ms`,
    TRAWL_STALLED_CHECK: '300ms',
  };
  const workers = shiftsMs.map((shiftMs) => {
    const clock = { NODE_OPTIONS: `--import=${import.meta.resolve('./shift-clock.mjs')}`, CLOCK_SHIFT_MS: String(shiftMs) };
    return startCli(['worker', '-c', '10'], { cwd, env: { ...env, ...clock } });
  });
  t.after(() => {
    for (const { child } of workers) child.kill('SIGKILL');
  });
  await Promise.all(workers.map(({ said }) => said('worker started')));
  return { env, workers };
}

async function startSites(t: TestContext, count: number, answer: Parameters<typeof startSite>[0]): Promise<Site[]> {
  const sites = await Promise.all(Array.from({ length: count }, () => startSite(answer)));
  t.after(() => Promise.all(sites.map((site) => site.close())));
  return sites;
}

test('the interval of an origin applies across all workers, including those whose clock is an hour off', async (t) => {
  const cwd = await scratchFolder(t);
  const sites = await startSites(t, 5, (_, response) => response.end('x'));
  const perSite = 40;
  const urls = Array.from({ length: perSite }, (_, index) => sites.map(({ origin }) => `${origin}/${index}`)).flat();
  await writeFile(join(cwd, 'urls.txt'), urls.join('\n'));
  const { env } = await startWorkers(t, cwd, [0, HOUR_MS, -HOUR_MS]);
  // The sites run in this process. A request that arrives while it is blocked is seen late, so the next one seems to follow too soon.
  const lateness = monitorEventLoopDelay({ resolution: 1 });
  lateness.enable();
  const crawl = startCli(['crawl', '--no-work', '--host-interval', `${INTERVAL_MS}ms`, '-f', 'json', '-o', 'r.json', 'urls.txt'], {
    cwd,
    env,
  });
  const { code, stderr } = await crawl.result;
  lateness.disable();
  assert.equal(code, 0, stderr);
  const lateMs = lateness.max / 1e6;
  const gaps: number[] = [];
  for (const { hits } of sites) {
    assert.equal(hits.length, perSite);
    const starts = hits.map(({ startedAtMs }) => startedAtMs);
    const totalMs = (starts.at(-1) as number) - (starts[0] as number);
    assert.ok(totalMs >= 0.975 * (perSite - 1) * INTERVAL_MS - lateMs, `${perSite} requests within ${totalMs} ms`);
    gaps.push(...starts.slice(1).map((start, index) => start - (starts[index] as number)));
  }
  const short = gaps.filter((gap) => gap < INTERVAL_MS * 0.975 - lateMs);
  t.diagnostic(`least time between two starts ${Math.min(...gaps).toFixed(1)} ms, seen up to ${lateMs.toFixed(1)} ms late`);
  // A worker delayed just before it sends seems late, and its next request too soon. Comparing worker clocks would make a third of the intervals too short.
  assert.ok(short.length <= gaps.length / 20, `${short.length} of ${gaps.length} intervals were too short: ${short.map(Math.round)}`);
});

test('the concurrency of an origin applies across all workers, including while they are killed', async (t) => {
  const cwd = await scratchFolder(t);
  const [site] = (await startSites(t, 1, (_, response) => void setTimeout(() => response.end('x'), 20))) as [Site];
  await writeFile(join(cwd, 'urls.txt'), Array.from({ length: 300 }, (_, index) => `${site.origin}/${index}`).join('\n'));
  const { env, workers } = await startWorkers(t, cwd, [0, 0, 0]);
  const crawl = startCli(['crawl', '--no-work', '--host-concurrency', '3', '-f', 'json', '-o', 'r.json', 'urls.txt'], { cwd, env });
  await until(() => site.hits.length >= 60, 'sixty requests');
  workers[0]?.child.kill('SIGKILL');
  const { code, stderr } = await crawl.result;
  assert.equal(code, 0, stderr);
  assert.ok(site.maxInProgress <= 3, `${site.maxInProgress} at once`);
});
