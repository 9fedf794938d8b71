import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LATENCY_BOUNDS_MS } from '../../../../src/engine/facts.ts';
import { Activity, parseActivity } from '../../../../src/engine/redis/visits/activity.ts';
import type { Outcome } from '../../../../src/model/outcome.ts';

const outcome = (change: Partial<Outcome>) =>
  ({ url: 'http://a.test/', verdict: 'ok', ok: true, finishedAt: '2026-01-02T03:04:05.000Z', ...change }) as Outcome;

test('latencies are counted by range, and dropped after a minute', () => {
  let nowMs = 0;
  const activity = new Activity(
    () => 3,
    () => nowMs,
  );
  for (const latencyMs of [0, 10, 10.1, 29_999, 30_001]) activity.record('r', outcome({ latencyMs }));
  activity.record('r', outcome({}));
  assert.deepEqual(activity.report().latency, [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  assert.equal(activity.report().latency.length, LATENCY_BOUNDS_MS.length + 1);
  nowMs = 55_000;
  activity.report();
  activity.record('r', outcome({ latencyMs: 40 }));
  assert.deepEqual(activity.report().latency, [2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  nowMs = 65_000;
  assert.deepEqual(activity.report().latency, [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  nowMs = 10_000_000;
  assert.equal(
    activity.report().latency.reduce((sum, count) => sum + count),
    0,
  );
  assert.equal(activity.report().busy, 3);
});

test('the last few failures are kept, with truncated texts', () => {
  const activity = new Activity(() => 0);
  activity.record('r', outcome({}));
  activity.record('r', outcome({ verdict: 'robots', ok: false }));
  for (let at = 0; at < 7; at++) {
    const error = { code: 'X', message: 'm'.repeat(1_000) };
    activity.record(`run-${at}`, outcome({ verdict: 'broken', ok: false, status: 404, error, url: `http://a.test/${'x'.repeat(1_000)}` }));
  }
  const { failures } = activity.report();
  assert.deepEqual(
    failures.map(({ run }) => run),
    ['run-2', 'run-3', 'run-4', 'run-5', 'run-6'],
  );
  assert.deepEqual([failures[0]?.url.length, failures[0]?.reason?.length, failures[0]?.status], [300, 300, 404]);
});

test('a report of another version is ignored', () => {
  const report = new Activity(() => 1).report();
  assert.deepEqual(parseActivity(JSON.stringify(report)), report);
  for (const text of [null, '', '{', '[]', '{}', JSON.stringify({ ...report, latency: [1] }), JSON.stringify({ ...report, busy: 'x' })])
    assert.equal(parseActivity(text), undefined, String(text));
});
