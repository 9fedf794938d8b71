import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { runCli, scratchFolder, startCli } from '../cli/run-cli.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { startSite } from '../helpers/site.ts';
import { until } from '../helpers/until.ts';
import { DEPLOY, readAlerts, readDashboard } from './deploy-files.ts';

const noPrometheus = spawnSync('prometheus', ['--version']).status !== 0 && 'prometheus is not installed';
/** Scrapes come once a second here. This is what Grafana would insert for a rate. */
const RATE_INTERVAL = '30s';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a command with metrics. Returns where they are served. */
async function metered(t: TestContext, args: readonly string[], options: { cwd: string; env: Record<string, string> }): Promise<string> {
  const { child } = startCli([...args, '--metrics-port', '0'], options);
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr?.on('data', (text: string) => {
    said += text;
  });
  await until(() => /metrics are at \S+/.test(said), 'the metrics to be served');
  return new URL(/metrics are at (\S+)/.exec(said)?.[1] ?? '').host;
}

/** A response of Prometheus's API. */
interface ApiAnswer {
  status: string;
  error?: string;
  // biome-ignore lint/suspicious/noExplicitAny: each question has another
  data: any;
}
type Sample = { metric: Record<string, string>; value: [number, string] };

/** A Prometheus that scrapes these once a second, and otherwise uses our configuration and rules. */
async function startPrometheus(t: TestContext, targets: Record<string, string>) {
  const folder = await scratchFolder(t);
  const config = parse(readFileSync(`${DEPLOY}/prometheus/prometheus.yml`, 'utf8'));
  config.global = { scrape_interval: '1s', evaluation_interval: '1s' };
  config.rule_files = [`${DEPLOY}/prometheus/alerts.yml`];
  for (const job of config.scrape_configs) {
    delete job.dns_sd_configs;
    job.static_configs = [{ targets: [targets[job.job_name]] }];
  }
  await writeFile(join(folder, 'prometheus.yml'), stringify(config));
  const port = await freePort();
  const child = spawn(
    'prometheus',
    [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`],
    { stdio: 'ignore' },
  );
  t.after(() => child.kill('SIGKILL'));
  const ask = async (path: string): Promise<ApiAnswer | undefined> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`).catch(() => undefined);
    // While starting, it refuses connections or answers in plain text.
    return answer?.headers.get('content-type')?.includes('json') ? ((await answer.json()) as ApiAnswer) : undefined;
  };
  return {
    ask,
    async query(expr: string): Promise<Sample[]> {
      const answer = await ask(`query?query=${encodeURIComponent(expr)}`);
      assert.equal(answer?.status, 'success', `${expr}: ${answer?.error}`);
      return answer?.data.result;
    },
  };
}

test('each query of the dashboard and rules gets an answer from real processes that agrees with the counts', {
  skip: noPrometheus,
}, async (t) => {
  const site = await startSite(({ url = '' }, response) => {
    if (url.startsWith('/gone')) response.writeHead(404).end('gone');
    else response.end('x'.repeat(500));
  });
  t.after(() => site.close());
  const cwd = await scratchFolder(t);
  const options = { cwd, env: { TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `test-${randomUUID()}` } };
  const [worker, collector, serve] = await Promise.all([
    metered(t, ['worker', '-c', '4'], options),
    metered(t, ['collect'], options),
    metered(t, ['serve', '--listen', '127.0.0.1:0'], options),
  ]);
  const prometheus = await startPrometheus(t, { 'trawl-worker': worker, 'trawl-collector': collector, 'trawl-serve': serve });
  const isScraped = async (least: number) => {
    const answer = await prometheus.ask(`query?query=${encodeURIComponent('min(count_over_time(up{job=~"trawl-.+"}[1h]) * up)')}`);
    return Number(answer?.data?.result[0]?.value[1] ?? 0) >= least;
  };
  await until(() => isScraped(2), 'the first scrapes');

  const lines = Array.from({ length: 300 }, (_, n) => `${site.origin}/${n % 3 === 0 ? 'gone' : 'page'}?n=${n}`);
  await writeFile(join(cwd, 'urls.txt'), lines.join('\n'));
  const run = (await runCli(['enqueue', 'urls.txt'], options)).stdout.trim();
  const value = async (expr: string) => Number((await prometheus.query(expr))[0]?.value[1]);
  await until(async () => (await value('sum(trawl_collector_saved_rows_total)')) === 300, 'all rows to be saved');
  await until(async () => (await value('sum(trawl_urls_settled_total)')) === 300, 'the server to be scraped');
  await until(async () => (await value('sum(trawl_worker_urls_settled_total)')) === 300, 'the worker to be scraped');

  const { panels } = readDashboard();
  for (const { title, targets = [] } of panels) {
    for (const { expr } of targets) {
      const query = expr.replaceAll('$__rate_interval', RATE_INTERVAL);
      const answer = await prometheus.query(query);
      assert.ok(answer.length > 0, `${title}: ${query} has no answer`);
      for (const { metric, value: sample } of answer)
        assert.ok(Number.isFinite(Number(sample[1])), `${title}: ${query} is ${sample[1]} for ${JSON.stringify(metric)}`);
    }
  }
  for (const { alert, expr } of readAlerts()) {
    // With `bool` a comparison returns a value even when it is false.
    const answer = await prometheus.query(expr.replaceAll(/ (>|==) (?!0\))/g, ' $1 bool '));
    if (alert === 'TrawlNoFigures') assert.equal(answer.length, 0, 'the figures are there');
    // Without a memory limit in Redis there is nothing to compare.
    else if (alert !== 'TrawlRedisMemoryHigh') assert.ok(answer.length > 0, `${alert}: ${expr} has no answer`);
  }

  const books = JSON.parse(readFileSync(join(cwd, '.trawl/runs', run, 'run.json'), 'utf8')).books;
  assert.deepEqual(
    {
      ok: await value('trawl_urls_settled_total{class="ok"}'),
      failed: await value('sum(trawl_worker_urls_settled_total{class="failed",verdict="broken"})'),
      rows: await value('sum(trawl_collector_saved_rows_total)'),
      fetched: await value('trawl_fetch_duration_seconds_count'),
      ended: await value('trawl_runs{state="ended"}'),
    },
    { ok: books.ok, failed: books.failed, rows: books.rows, fetched: 300, ended: 1 },
  );
  assert.deepEqual([books.ok, books.failed], [200, 100]);

  const listed = await prometheus.ask('rules');
  const groups: Array<{ rules: Array<{ name: string; health: string; lastError?: string }> }> = listed?.data.groups;
  const rules = groups.flatMap(({ rules: own }) => own);
  assert.equal(rules.length, readAlerts().length);
  for (const { name, health, lastError } of rules) assert.notEqual(health, 'err', `${name}: ${lastError}`);
});
