import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressText } from '../../../src/cli/terminal/progress.ts';
import type { RunCounts } from '../../../src/engine/run-counts.ts';
import { duration } from '../../../src/report/shown-figures.ts';
import { ratePerSecond, type Sample, withSample } from '../../../src/util/rate.ts';

function counts(settled: number, accepted: number, sealed: boolean): RunCounts {
  const empty = {
    state: 'open' as const,
    duplicates: 0,
    discovered: 0,
    skipped: 0,
    retries: 0,
    leftOut: {},
    inFlight: 0,
    unreleased: 0,
    batches: 1,
  };
  return { ...empty, submitted: accepted, accepted, settled, ok: settled - 31, failed: 31, ended: false, ...(sealed && { sealedAt: 1 }) };
}

const BAR = '█████████████████░░░';
const facts = (rate: number | undefined, throttled = 0, leastMs = 0) => ({ rate, throttled, grows: false, leastMs });

test('the line shows a bar, done, total, rate, in flight, failures, throttled origins and the time left', () => {
  const all = { ...counts(12_000, 50_000, true), inFlight: 10 };
  assert.equal(
    progressText(all, facts(8_100, 2), 140),
    '████░░░░░░░░░░░░░░░░ 24 % · 12,000 / 50,000 · 8,100/s · 10 in flight · 31 failed · 2 origins throttled · 5s left',
  );
  assert.match(progressText(all, facts(8_100, 1), 140), / 1 origin throttled /);
  assert.equal(progressText(counts(50, 50, true), facts(undefined), 140), '████████████████████ 100 % · 50 / 50 · 31 failed');
});

test('a reached limit is shown if there is room, but other skipped links are not', () => {
  const limited = { ...counts(12_000, 50_000, true), leftOut: { scope: 9, 'max-urls-per-host': 2 } };
  assert.match(progressText(limited, facts(8_100), 140), / 31 failed · max-urls-per-host reached · /);
  assert.doesNotMatch(progressText(limited, facts(8_100), 80), /reached|scope/);
});

test('while more URLs can come, the total has a + and no percentage or time left is shown', () => {
  assert.equal(progressText(counts(12_000, 50_000, false), facts(8_100), 140), '12,000 / 50,000+ · 8,100/s · 31 failed');
  const growing = { ...facts(8_100), grows: true };
  assert.equal(progressText(counts(12_000, 50_000, true), growing, 140), '12,000 / 50,000+ · 8,100/s · 31 failed');
});

test('without a rate, or with a rate of 0, no time left is shown', () => {
  assert.equal(progressText(counts(43, 50, true), facts(undefined), 80), `${BAR} 86 % · 43 / 50 · 31 failed`);
  assert.equal(progressText(counts(43, 50, true), facts(0), 80), `${BAR} 86 % · 43 / 50 · 0/s · 31 failed`);
  assert.equal(progressText(counts(43, 50, true), facts(0.25), 80), `${BAR} 86 % · 43 / 50 · 0.3/s · 31 failed · 28s left`);
});

test('on a narrow terminal the least important parts are dropped first, and the last column stays empty', () => {
  const all = { ...counts(12_000, 50_000, true), inFlight: 10 };
  for (let columns = 0; columns <= 140; columns++) {
    const text = progressText(all, facts(8_100, 2), columns);
    assert.ok(text.length <= Math.max(0, columns - 1), `${columns}: ${text}`);
  }
  assert.equal(progressText(all, facts(8_100, 2), 80), '12,000 / 50,000 · 8,100/s · 31 failed · 2 origins throttled · 5s left');
  assert.equal(progressText(all, facts(8_100, 2), 50), '12,000 / 50,000 · 8,100/s · 31 failed · 5s left');
  assert.equal(progressText(all, facts(8_100, 2), 30), '12,000 / 50,000 · 8,100/s');
});

test('the rate is that of the last five seconds', () => {
  let samples: Sample[] = [];
  for (let atMs = 0; atMs <= 20_000; atMs += 500) samples = withSample(samples, { atMs, done: atMs < 10_000 ? 0 : (atMs - 10_000) / 10 });
  assert.equal(ratePerSecond(samples), 100);
  assert.ok(samples.length <= 11);
});

test('a single sample gives no rate', () => {
  assert.equal(ratePerSecond([]), undefined);
  assert.equal(ratePerSecond([{ atMs: 0, done: 5 }]), undefined);
  assert.equal(
    ratePerSecond([
      { atMs: 0, done: 5 },
      { atMs: 1, done: 500 },
    ]),
    undefined,
  );
});

test('durations are shown in a short form', () => {
  assert.deepEqual([0.2, 59, 60, 185, 3_599.5, 7_800].map(duration), ['1s', '59s', '1m 00s', '3m 05s', '1h 00m', '2h 10m']);
});

test('the time left is the one that politeness allows if the rate alone would give less', () => {
  const all = counts(12_000, 50_000, true);
  assert.match(progressText(all, facts(8_100, 0, 125_000), 140), / 2m 05s left$/);
  assert.match(progressText(all, facts(undefined, 0, 3_000), 140), / 3s left$/);
  assert.match(progressText(all, facts(8_100, 0, 1_000), 140), / 5s left$/);
});
