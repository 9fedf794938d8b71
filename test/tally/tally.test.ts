import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../src/core/outcome.ts';
import { Tally } from '../../src/tally/tally.ts';
import { totalLine } from '../../src/tally/total-line.ts';

function outcome(given: Partial<Outcome>): Outcome {
  const base = {
    schema: 1,
    run: 'r',
    url: 'http://h/',
    method: 'GET',
    verdict: 'ok',
    ok: true,
    attempts: 1,
    depth: 0,
    finishedAt: '',
  } as const;
  return { ...base, ...given };
}

function tallied(...outcomes: Array<Partial<Outcome>>) {
  const tally = new Tally();
  for (const given of outcomes) tally.add(outcome(given));
  return tally.figures();
}

test('rows are counted by class, verdict and status, and bytes add up', () => {
  const figures = tallied(
    { status: 200, sizeBytes: 100, wireBytes: 40 },
    { status: 200, sizeBytes: 1 },
    { status: 404, verdict: 'broken', wireBytes: 2 },
    { verdict: 'dns' },
    { verdict: 'robots' },
  );
  assert.deepEqual(figures, {
    rows: 5,
    ok: 2,
    failed: 2,
    skipped: 1,
    verdicts: { ok: 2, broken: 1, dns: 1, robots: 1 },
    statuses: { 200: 2, 404: 1 },
    sizeBytes: 101,
    wireBytes: 42,
  });
});

test('a tally of nothing is all zero and has no latency', () => {
  assert.deepEqual(tallied(), { rows: 0, ok: 0, failed: 0, skipped: 0, verdicts: {}, statuses: {}, sizeBytes: 0, wireBytes: 0 });
});

test('latency percentiles are within 1 % of the true ones, the maximum is exact', () => {
  const tally = new Tally();
  for (let ms = 10_000; ms >= 1; ms -= 1) tally.add(outcome({ latencyMs: ms + 0.2 }));
  const latencyMs = tally.figures().latencyMs;
  assert.ok(latencyMs);
  assert.ok(Math.abs(latencyMs.p50 / 5_000 - 1) < 0.01, `p50 ${latencyMs.p50}`);
  assert.ok(Math.abs(latencyMs.p90 / 9_000 - 1) < 0.01, `p90 ${latencyMs.p90}`);
  assert.ok(Math.abs(latencyMs.p99 / 9_900 - 1) < 0.01, `p99 ${latencyMs.p99}`);
  assert.equal(latencyMs.max, 10_000.2);
});

test('latencies of one value have it as every figure, however short or long', () => {
  for (const ms of [0.5, 1, 88.6, 120, 2_045, 86_400_000]) {
    assert.deepEqual(tallied({ latencyMs: ms }).latencyMs, { p50: ms, p90: ms, p99: ms, max: ms });
  }
});

test('percentiles are given to three significant figures', () => {
  const latencyMs = tallied({ latencyMs: 120 }, { latencyMs: 120 }, { latencyMs: 5_000 }).latencyMs;
  assert.deepEqual(latencyMs, { p50: 120, p90: 5_000, p99: 5_000, max: 5_000 });
});

test('latencies of zero and of more than a day are counted', () => {
  assert.equal(tallied({ latencyMs: 0 }).latencyMs?.max, 0);
  assert.equal(tallied({ latencyMs: 1e12 }).latencyMs?.max, 1e12);
});

test('figures are a snapshot', () => {
  const tally = new Tally();
  tally.add(outcome({ status: 200 }));
  const before = tally.figures();
  tally.add(outcome({ status: 200 }));
  assert.equal(before.rows, 1);
  assert.deepEqual(before.statuses, { 200: 1 });
  assert.equal(tally.figures().rows, 2);
});

test('the total line names skipped URLs only where there are any', () => {
  assert.equal(totalLine({ rows: 3, ok: 3, failed: 0, skipped: 0 }), 'Total: 3 URLs, 3 success, 0 failed');
  assert.equal(totalLine({ rows: 6, ok: 3, failed: 1, skipped: 2 }), 'Total: 6 URLs, 3 success, 1 failed, 2 skipped');
});
