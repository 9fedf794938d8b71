import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { testRedis } from '../helpers/redis-server.ts';
import { startSite } from '../helpers/site.ts';
import { until } from '../helpers/until.ts';
import { sumOf } from '../metrics/exposition.ts';
import { type CliOptions, runCli, scratchFolder, startCli } from './run-cli.ts';

/** A command that serves metrics, and the way to read them. */
async function metered(t: TestContext, args: readonly string[], options: CliOptions) {
  const running = startCli([...args, '--metrics-port', '0'], options);
  t.after(() => running.child.kill('SIGKILL'));
  let said = '';
  running.child.stderr?.on('data', (text: string) => {
    said += text;
  });
  await until(() => /metrics are at \S+/.test(said) || running.child.exitCode !== null, 'the metrics to be served');
  const [, address = `nothing said but ${said}`] = /metrics are at (\S+)/.exec(said) ?? [];
  return { ...running, address, read: async () => (await fetch(address)).text() };
}

/** 60 pages, 20 that are missing, and one that answers its first two requests with 503. */
async function startFlakySite(t: TestContext) {
  let refusals = 2;
  const site = await startSite(({ url = '' }, response) => {
    if (url === '/flaky' && refusals-- > 0) response.writeHead(503).end();
    else if (url.startsWith('/gone')) response.writeHead(404).end('gone');
    else response.end('x'.repeat(1_000));
  });
  t.after(() => site.close());
  const pages = Array.from({ length: 60 }, (_, n) => `${site.origin}/page?n=${n}`);
  const gone = Array.from({ length: 20 }, (_, n) => `${site.origin}/gone?n=${n}`);
  return { site, list: [...pages, ...gone, `${site.origin}/flaky`].join('\n') };
}

async function rowsOf(cwd: string, run: string): Promise<Array<{ ok: boolean; wireBytes?: number; latencyMs?: number }>> {
  const log = await readFile(join(cwd, '.trawl/runs', run, 'outcomes.ndjson'), 'utf8');
  return log
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

for (const processes of [1, 2]) {
  test(`metrics of a worker of ${processes} processes, a collector and a server agree with the counts`, async (t) => {
    const { list } = await startFlakySite(t);
    const cwd = await scratchFolder(t);
    await writeFile(join(cwd, 'urls.txt'), list);
    const options = { cwd, env: { TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `test-${randomUUID()}` } };
    const [worker, collector, serve] = await Promise.all([
      metered(t, ['worker', '-c', '4', '--processes', String(processes)], options),
      metered(t, ['collect'], options),
      metered(t, ['serve', '--listen', '127.0.0.1:0'], { ...options, env: { ...options.env, TRAWL_TOKEN: '0123456789abcdef' } }),
    ]);
    const run = (await runCli(['enqueue', 'urls.txt'], options)).stdout.trim();
    await until(async () => sumOf(await serve.read(), 'trawl_runs', 'state="ended"') === 1, 'the run to end');
    await until(async () => sumOf(await collector.read(), 'trawl_collector_saved_rows_total') === 81, 'the rows to be saved');
    await until(async () => sumOf(await serve.read(), 'trawl_outcomes_unreleased') === 0, 'the outcomes to be released');
    await until(async () => sumOf(await worker.read(), 'trawl_worker_urls_settled_total') === 81, 'each process to tell');

    const rows = await rowsOf(cwd, run);
    const wireBytes = rows.reduce((sum, row) => sum + (row.wireBytes ?? 0), 0);
    const atWorker = await worker.read();
    const worked = {
      ok: sumOf(atWorker, 'trawl_worker_urls_settled_total', 'class="ok"', 'verdict="ok"'),
      broken: sumOf(atWorker, 'trawl_worker_urls_settled_total', 'class="failed"', 'verdict="broken"'),
      retries: sumOf(atWorker, 'trawl_worker_retries_total'),
      responses: sumOf(atWorker, 'trawl_worker_fetches_total', 'result="response"'),
      measured: sumOf(atWorker, 'trawl_fetch_duration_seconds_count'),
      firstBytes: sumOf(atWorker, 'trawl_fetch_phase_duration_seconds_count', 'phase="first_byte"'),
      wireBytes: sumOf(atWorker, 'trawl_fetch_wire_bytes_total'),
      inFlight: sumOf(atWorker, 'trawl_worker_fetches_in_flight'),
      concurrency: sumOf(atWorker, 'trawl_worker_concurrency'),
    };
    assert.deepEqual(worked, {
      ok: 61,
      broken: 20,
      retries: 2,
      responses: 83,
      measured: 83,
      firstBytes: 83,
      wireBytes,
      inFlight: 0,
      concurrency: 4,
    });
    assert.ok(sumOf(atWorker, 'trawl_redis_script_duration_seconds_count', 'script="settle"') > 0);
    assert.equal(sumOf(atWorker, 'trawl_entries_waiting'), 0);
    const { size } = new Set((await readFile(join(cwd, '.trawl/runs', run, 'outcomes.ndjson'), 'utf8')).trimEnd().split('\n'));
    assert.equal(size, 81);
    const atServer = await serve.read();
    const deployment = {
      ok: sumOf(atServer, 'trawl_urls_settled_total', 'class="ok"'),
      failed: sumOf(atServer, 'trawl_urls_settled_total', 'class="failed"'),
      retries: sumOf(atServer, 'trawl_retries_total'),
      workers: sumOf(atServer, 'trawl_workers'),
      slots: sumOf(atServer, 'trawl_worker_slots'),
      up: sumOf(atServer, 'trawl_redis_up'),
    };
    assert.deepEqual(deployment, { ok: 61, failed: 20, retries: 2, workers: processes, slots: 4, up: 1 });
    const atCollector = await collector.read();
    const bytes = (await readFile(join(cwd, '.trawl/runs', run, 'outcomes.ndjson'))).length;
    assert.equal(sumOf(atCollector, 'trawl_collector_saved_bytes_total'), bytes);
    assert.equal(sumOf(atCollector, 'trawl_collector_checkpoint_age_seconds'), 0);
    for (const text of [atWorker, atServer, atCollector]) assert.doesNotMatch(text, /127\.0\.0\.1|http:/);
    for (const { child, result } of [worker, collector, serve]) {
      child.kill('SIGTERM');
      assert.equal((await result).code, 143);
    }
    await assert.rejects(fetch(worker.address));
  });
}

test('a crawl serves metrics of itself and its child processes while it runs, without Redis', async (t) => {
  let hold = true;
  const waiting: Array<() => void> = [];
  const site = await startSite((_, response) => {
    if (hold) waiting.push(() => response.end('late'));
    else response.end('x');
  });
  t.after(() => site.close());
  const cwd = await scratchFolder(t);
  await writeFile(join(cwd, 'urls.txt'), Array.from({ length: 20 }, (_, n) => `${site.origin}/${n}\n`).join(''));
  const args = ['crawl', 'urls.txt', '-c', '6', '--processes', '2', '--private', 'allow', '--host-concurrency', '6'];
  const crawl = await metered(t, args, { cwd });
  await until(async () => sumOf(await crawl.read(), 'trawl_worker_fetches_in_flight') === 6, 'six fetches in flight');
  const held = await crawl.read();
  assert.deepEqual([sumOf(held, 'trawl_entries_waiting'), sumOf(held, 'trawl_entries_in_flight'), sumOf(held, 'trawl_runs')], [14, 6, 1]);
  assert.equal((await fetch(new URL('/healthz', crawl.address))).status, 200);
  hold = false;
  for (const release of waiting) release();
  assert.equal((await crawl.result).code, 0);
});

test('a port in use is exit 3, and nothing is crawled', async (t) => {
  const site = await startSite();
  t.after(() => site.close());
  const cwd = await scratchFolder(t);
  const { code, stderr } = await runCli(['crawl', `${site.origin}/get`, '--metrics-port', String(site.port)], { cwd });
  assert.equal(code, 3);
  assert.match(stderr, /^trawl: --metrics-port: cannot listen on 127\.0\.0\.1:\d+: /);
  assert.equal(site.hits.length, 0);
});
