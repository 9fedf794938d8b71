import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { defaultRunOptions } from '../../src/options/load-config.ts';
import { until } from '../helpers/until.ts';
import { startTestServer } from './test-server.ts';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

test('metrics agree with the counts of the runs, and totals stay when a run is removed', async (t) => {
  const { send, engine } = await startTestServer(t);
  const stop = new AbortController();
  const work = engine.work(
    async (visit) => {
      for (let entry = await visit.next(); entry !== undefined; entry = await visit.next()) {
        const { key: _, url, depth } = entry;
        const outcome = {
          schema: 1,
          run: visit.run,
          url,
          method: 'GET',
          verdict: 'dns',
          ok: false,
          attempts: 1,
          depth,
          finishedAt: '2026-01-02T03:04:05.000Z',
        } as const;
        visit.settle(entry, { kind: 'outcome', outcome: { ...outcome, worker: 'w' } as never });
      }
    },
    { concurrency: 3, drainMs: 0, worker: 'worker-1' },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await work;
  });
  await engine.openRun(defaultRunOptions(), 'done');
  await engine.submit('done', { number: 0, firstLine: 1, lines: ['http://a.example/1', 'http://a.example/2'] });
  await engine.seal('done', 1);
  await until(async () => (await engine.counts('done')).ended, 'the run to end');
  await engine.openRun(defaultRunOptions(), 'paused');
  await engine.pause('paused');
  await engine.submit('paused', { number: 0, firstLine: 1, lines: ['http://b.example/1', 'http://b.example/2', 'http://b.example/3'] });
  await until(async () => (await engine.counts('paused')).accepted === 3, 'the worker to take the lines in');
  const metrics = async () =>
    new Map(
      (await send('GET', '/metrics')).text
        .split('\n')
        .flatMap((line) => (/^[a-z]/.test(line) ? [line.split(' ') as [string, string]] : [])),
    );
  await until(async () => (await metrics()).get('trawl_entries_waiting') === '3', 'a fresh snapshot');
  const values = await metrics();
  const expected = {
    'trawl_urls_settled_total{class="failed"}': '2',
    'trawl_urls_settled_total{class="ok"}': '0',
    'trawl_runs{state="ended"}': '1',
    'trawl_runs{state="paused"}': '1',
    trawl_redis_up: '1',
    trawl_origins_ready: '0',
    trawl_outcomes_unreleased: '2',
    trawl_workers: '1',
    trawl_worker_slots: '3',
  };
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, values.get(name)])), expected);
  for (const name of ['trawl_redis_memory_bytes', 'process_resident_memory_bytes']) assert.ok(Number(values.get(name)) > 100_000, name);
  await engine.remove('done');
  await until(async () => (await metrics()).get('trawl_runs{state="ended"}') === '0', 'the run to go');
  assert.equal((await metrics()).get('trawl_urls_settled_total{class="failed"}'), '2');
  await engine.resume('paused');
});

test('promtool finds nothing wrong with the metrics', { skip: !hasPromtool }, async (t) => {
  const { send } = await startTestServer(t);
  const { text, headers } = await send('GET', '/metrics');
  assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
  const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
});
