import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../../src/model/outcome.ts';
import { Tally, totalLine } from '../../../src/report/tally/tally.ts';

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

/** The nearest rank, found by counting with whole numbers. The percentile is in tenths of a percent. */
function percentileOf(latencies: readonly number[], tenths: number): number | undefined {
  const sorted = latencies.toSorted((a, b) => a - b);
  return sorted.find((_, index) => (index + 1) * 1_000 >= tenths * sorted.length);
}

test('one slow row of twelve is the 95th percentile', () => {
  const tally = new Tally();
  for (let row = 0; row < 11; row++) tally.add(outcome({ latencyMs: 20 }));
  tally.add(outcome({ latencyMs: 900 }));
  assert.deepEqual(
    [90, 91.6, 91.7, 95, 100].map((percentile) => tally.latencyMs(percentile)),
    [20, 20, 900, 900, 900],
  );
});

test('percentiles are exact by nearest rank up to 10,000 rows', () => {
  for (const rows of [1, 2, 3, 7, 10, 99, 100, 101, 1_000, 10_000]) {
    const tally = new Tally();
    const latencies = Array.from({ length: rows }, (_, row) => ((row * 7_919) % 104_729) / 10);
    for (const latencyMs of latencies) tally.add(outcome({ latencyMs }));
    for (const tenths of [1, 70, 290, 500, 570, 900, 950, 990, 999, 1_000]) {
      assert.equal(tally.latencyMs(tenths / 10), percentileOf(latencies, tenths), `p${tenths / 10} of ${rows}`);
    }
  }
});

test('percentiles of more rows are at most 1 % too high and never too low, and the maximum is exact', () => {
  const tally = new Tally();
  const latencies = Array.from({ length: 20_001 }, (_, row) => ((row * 7_919) % 1_047_293) / 10);
  for (const latencyMs of latencies) tally.add(outcome({ latencyMs }));
  for (const tenths of [1, 500, 570, 900, 950, 990, 999]) {
    const [told = 0, exact = 0] = [tally.latencyMs(tenths / 10), percentileOf(latencies, tenths)];
    assert.ok(told >= exact && told <= exact * 1.01, `p${tenths / 10} is ${exact}, not ${told}`);
  }
  assert.equal(tally.latencyMs(100), Math.max(...latencies));
});

test('if all latencies are equal, every figure is that value', () => {
  for (const ms of [0.5, 1, 88.6, 120, 2_045, 86_400_000]) {
    assert.deepEqual(tallied({ latencyMs: ms }).latencyMs, { p50: ms, p90: ms, p99: ms, max: ms });
  }
});

test('the median is the latency of a row', () => {
  const latencyMs = tallied({ latencyMs: 120 }, { latencyMs: 120 }, { latencyMs: 5_000 }).latencyMs;
  assert.deepEqual(latencyMs, { p50: 120, p90: 5_000, p99: 5_000, max: 5_000 });
});

test('latencies of zero and of more than a day are counted', () => {
  assert.equal(tallied({ latencyMs: 0 }).latencyMs?.max, 0);
  assert.equal(tallied({ latencyMs: 1e12 }).latencyMs?.max, 1e12);
});

test('figures are a snapshot that later rows do not change', () => {
  const tally = new Tally();
  tally.add(outcome({ status: 200 }));
  const before = tally.figures();
  tally.add(outcome({ status: 200 }));
  assert.equal(before.rows, 1);
  assert.deepEqual(before.statuses, { 200: 1 });
  assert.equal(tally.figures().rows, 2);
});

test('the total line mentions skipped URLs only if there are any', () => {
  assert.equal(totalLine({ rows: 3, ok: 3, failed: 0, skipped: 0 }), 'Total: 3 URLs, 3 success, 0 failed');
  assert.equal(totalLine({ rows: 6, ok: 3, failed: 1, skipped: 2 }), 'Total: 6 URLs, 3 success, 1 failed, 2 skipped');
});
