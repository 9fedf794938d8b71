import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { METRIC_GROUPS, type MetricDefinition } from '../../src/metrics/definitions.ts';
import { Metrics, serveMetrics } from '../../src/metrics/metrics-server.ts';
import { UsageError } from '../../src/model/errors.ts';
import { MEASURES } from '../../src/model/measures.ts';
import { sumOf } from './exposition.ts';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

const FIGURES = {
  redisIsUp: true,
  runs: { open: 0, running: 1, paused: 0, ended: 2, cancelled: 0 },
  entriesWaiting: 7,
  originsReady: 3,
  originsThrottled: 1,
  entriesInFlight: 2,
  batchesQueued: 4,
  outcomesUnreleased: 5,
  workers: 1,
  workerSlots: 10,
  workerSlotsBusy: 0,
  totals: { ok: 8, failed: 1, skipped: 0, retries: 6 },
  redis: { memoryBytes: 1_000, memoryLimitBytes: 0 },
  latencyMs: 2,
};

async function start(t: test.TestContext, command = 'crawl') {
  const metrics = new Metrics({ command, concurrency: 10 }, command === 'crawl' ? async () => FIGURES : undefined);
  const server = await serveMetrics(metrics, { host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await server.close();
    metrics.close();
  });
  return { origin: server.origin, text: async () => (await fetch(`${server.origin}/metrics`)).text() };
}

test('measures are counted from the start of the metrics', async (t) => {
  MEASURES.settled.report('timeout');
  const { text } = await start(t);
  const timings = { dnsMs: 1, connectMs: 2, tlsMs: 3, ttfbMs: 40, downloadMs: 400 };
  for (let n = 0; n < 4; n++) MEASURES.fetchBegan.report(undefined);
  MEASURES.fetchEnded.report({ kind: 'response', latencyMs: 446, timings, wireBytes: 100, sizeBytes: 300 });
  MEASURES.fetchEnded.report({ kind: 'failure', latencyMs: 20, timings: {} });
  MEASURES.fetchEnded.report({ kind: 'aborted' });
  MEASURES.settled.report('ok');
  MEASURES.settled.report('broken');
  MEASURES.retried.report(undefined);
  MEASURES.visitLost.report(undefined);
  MEASURES.scriptRan.report({ script: 'settle', tookMs: 3 });
  const metrics = await text();
  const values = {
    settled: sumOf(metrics, 'trawl_worker_urls_settled_total'),
    failed: sumOf(metrics, 'trawl_worker_urls_settled_total', 'class="failed"'),
    broken: sumOf(metrics, 'trawl_worker_urls_settled_total', 'class="failed"', 'verdict="broken"'),
    aborted: sumOf(metrics, 'trawl_worker_fetches_total', 'result="aborted"'),
    inFlight: sumOf(metrics, 'trawl_worker_fetches_in_flight'),
    fetches: sumOf(metrics, 'trawl_fetch_duration_seconds_count'),
    seconds: sumOf(metrics, 'trawl_fetch_duration_seconds_sum'),
    bodies: sumOf(metrics, 'trawl_fetch_phase_duration_seconds_count', 'phase="body"'),
    slowBodies: sumOf(metrics, 'trawl_fetch_phase_duration_seconds_bucket', 'phase="body"', 'le="0.25"'),
    wire: sumOf(metrics, 'trawl_fetch_wire_bytes_total'),
    body: sumOf(metrics, 'trawl_fetch_body_bytes_total'),
    retries: sumOf(metrics, 'trawl_worker_retries_total'),
    lost: sumOf(metrics, 'trawl_visits_lost_total'),
    scripts: sumOf(metrics, 'trawl_redis_script_duration_seconds_count', 'script="settle"'),
    concurrency: sumOf(metrics, 'trawl_worker_concurrency'),
    waiting: sumOf(metrics, 'trawl_entries_waiting'),
    ok: sumOf(metrics, 'trawl_urls_settled_total', 'class="ok"'),
  };
  assert.deepEqual(values, {
    settled: 2,
    failed: 1,
    broken: 1,
    aborted: 1,
    inFlight: 1,
    fetches: 2,
    seconds: 0.466,
    bodies: 1,
    slowBodies: 0,
    wire: 100,
    body: 300,
    retries: 1,
    lost: 1,
    scripts: 1,
    concurrency: 10,
    waiting: 7,
    ok: 8,
  });
});

test('the age of a checkpoint is that of the oldest row that no checkpoint covers', async (t) => {
  const { text } = await start(t, 'collect');
  const age = async () => sumOf(await text(), 'trawl_collector_checkpoint_age_seconds');
  for (const run of ['a', 'b']) MEASURES.log.report({ run, step: { kind: 'opened' } });
  assert.equal(await age(), 0);
  MEASURES.log.report({ run: 'a', step: { kind: 'appended' } });
  const first = await age();
  assert.ok(first > 0);
  MEASURES.log.report({ run: 'b', step: { kind: 'appended' } });
  MEASURES.log.report({ run: 'b', step: { kind: 'saved', rows: 3, bytes: 30, tookMs: 1, isComplete: true } });
  assert.ok((await age()) > first, 'the run that was saved is the other one');
  MEASURES.log.report({ run: 'a', step: { kind: 'saved', rows: 5, bytes: 50, tookMs: 20_000, isComplete: false } });
  assert.ok((await age()) > 20, 'rows came while the checkpoint was made');
  MEASURES.log.report({ run: 'a', step: { kind: 'closed' } });
  const metrics = await text();
  assert.equal(sumOf(metrics, 'trawl_collector_checkpoint_age_seconds'), 0);
  assert.deepEqual(
    ['saved_rows_total', 'saved_bytes_total', 'runs', 'checkpoint_duration_seconds_count'].map((name) =>
      sumOf(metrics, `trawl_collector_${name}`),
    ),
    [8, 80, 1, 2],
  );
});

test('children are counted with their command, and an ended child leaves its counters but not its gauges', async (t) => {
  const { text } = await start(t, 'worker');
  const child = new Metrics({ command: 'worker', concurrency: 0 });
  MEASURES.fetchBegan.report(undefined);
  MEASURES.settled.report('ok');
  child.close();
  // This process counted the two events too, as the command and as its child.
  const counted = [
    { type: 'counter', name: 'trawl_worker_retries_total', help: 'h', aggregator: 'sum', values: [{ value: 41, labels: {} }] },
    { type: 'gauge', name: 'trawl_worker_fetches_in_flight', help: 'h', aggregator: 'sum', values: [{ value: 9, labels: {} }] },
    { type: 'gauge', name: 'nodejs_eventloop_delay_p99_seconds', help: 'h', aggregator: 'max', values: [{ value: 900, labels: {} }] },
  ];
  const [first, second] = [{}, {}];
  MEASURES.child.report({ child: first, metrics: counted });
  MEASURES.child.report({ child: second, metrics: counted });
  const both = await text();
  const read = (metrics: string) =>
    ['trawl_worker_retries_total', 'trawl_worker_fetches_in_flight', 'trawl_worker_urls_settled_total'].map((name) => sumOf(metrics, name));
  assert.deepEqual(read(both), [82, 19, 1]);
  assert.equal(sumOf(both, 'nodejs_eventloop_delay_p99_seconds'), 900);
  for (const one of [first, second, first]) MEASURES.child.report({ child: one });
  const after = await text();
  assert.deepEqual(read(after), [82, 1, 1]);
  assert.ok(sumOf(after, 'nodejs_eventloop_delay_p99_seconds') < 900);
});

test('a command shows the metrics of its groups, each with the help and type of its definition', async (t) => {
  for (const command of ['crawl', 'worker', 'collect'] as const) {
    const { text } = await start(t, command);
    MEASURES.scriptRan.report({ script: 'settle', tookMs: 3 });
    const metrics = await text();
    for (const { shownBy, metrics: group } of METRIC_GROUPS) {
      for (const { name, type, help } of Object.values(group) as MetricDefinition[]) {
        const isShown = (shownBy as readonly string[]).includes(command);
        assert.equal(metrics.includes(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`), isShown, `${command} ${name}`);
        assert.equal(metrics.includes(`\n${name}`), isShown, `${command} ${name}`);
      }
    }
  }
});

test('promtool finds nothing wrong with the metrics', { skip: !hasPromtool && 'promtool is not installed' }, async (t) => {
  const { text } = await start(t);
  const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await text(), encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
});

test('the server answers only /metrics and /healthz', async (t) => {
  const { origin } = await start(t);
  const answer = async (path: string, method = 'GET') => (await fetch(origin + path, { method })).status;
  assert.deepEqual(
    [
      await answer('/metrics'),
      await answer('/metrics?x=1', 'HEAD'),
      await answer('/healthz'),
      await answer('/'),
      await answer('/metrics', 'POST'),
    ],
    [200, 200, 200, 404, 405],
  );
  const { headers } = await fetch(`${origin}/metrics`);
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
});

test('an address in use is a usage error', async (t) => {
  const { origin } = await start(t);
  const port = Number(new URL(origin).port);
  await assert.rejects(serveMetrics({ text: async () => '' }, { host: '127.0.0.1', port }), (error) => {
    return error instanceof UsageError && error.message.startsWith(`--metrics-port: cannot listen on 127.0.0.1:${port}: `);
  });
});
