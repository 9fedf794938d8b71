import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Gates } from '../../src/model/gates.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { Baseline } from '../../src/report/baseline.ts';
import { checkGates, type GateInput, urlMatcher } from '../../src/report/gates.ts';
import { checkFragments } from '../../src/report/links/fragments.ts';
import { RowMeasure } from '../../src/report/row-measure.ts';
import { outcome, page, writeLog } from './sample-log.ts';

const FAILED: Gates['failOn'] = new Set(['broken', 'timeout', 'dns'] as const);
const GATES: Gates = { failOn: FAILED, maxFailures: { kind: 'count', count: 0 }, maxLatency: [] };
const good = (n: number) => outcome({ url: `http://a/${n}`, status: 200, latencyMs: n });
const bad = (n: number, verdict: 'broken' | 'timeout' = 'broken') => outcome({ url: `http://a/${n}`, verdict });

async function judged(t: TestContext, rows: readonly Outcome[], gates: Partial<Gates> = {}, given: Partial<GateInput> = {}) {
  return checkGates({ file: await writeLog(t, rows), gates: { ...GATES, ...gates }, ...given });
}

test('one failure is enough, unless more are allowed or its verdict does not count', async (t) => {
  assert.deepEqual(await judged(t, [good(1), good(2)]), { passed: true, words: [] });
  assert.deepEqual(await judged(t, [good(1), bad(2)]), { passed: false, words: ['1 failure'] });
  assert.equal((await judged(t, [good(1), bad(2)], { maxFailures: { kind: 'count', count: 1 } })).passed, true);
  assert.equal((await judged(t, [good(1), bad(2)], { failOn: new Set(['timeout']) })).passed, true);
  assert.equal((await judged(t, [bad(2, 'timeout')], { failOn: new Set(['timeout']) })).passed, false);
  assert.deepEqual(await judged(t, [bad(1), bad(2)], { maxFailures: { kind: 'count', count: 1 } }), {
    passed: false,
    words: ['2 failures; --max-failures allows 1'],
  });
});

test('a percentage counts against all rows, and reaching it exactly is allowed', async (t) => {
  const rows = [bad(0), ...Array.from({ length: 99 }, (_, n) => good(n + 1))];
  assert.equal((await judged(t, rows, { maxFailures: { kind: 'percent', percent: 1 } })).passed, true);
  assert.deepEqual((await judged(t, rows, { maxFailures: { kind: 'percent', percent: 0.9 } })).words, [
    '1 failure; --max-failures allows 0.9 % of 100 URLs',
  ]);
});

test('latency is compared by percentile, and a run without latencies passes', async (t) => {
  const rows = Array.from({ length: 100 }, (_, n) => good(n + 1));
  const p95 = (limitMs: number) => ({ maxLatency: [{ name: 'p95', percentile: 95, limitMs }] });
  assert.equal((await judged(t, rows, p95(96))).passed, true);
  assert.deepEqual(await judged(t, rows, p95(50)), {
    passed: false,
    words: ['latency p95 is 95 ms; --max-latency allows 50 ms'],
  });
  const max = [{ name: 'max', percentile: 100, limitMs: 99 }];
  assert.equal((await judged(t, rows, { maxLatency: max })).passed, false);
  assert.equal((await judged(t, [], { maxLatency: max })).passed, true);
});

test('rows that were measured while they were written are judged without their log, unless failures are exempt', async (t) => {
  const rows = [...Array.from({ length: 20 }, (_, n) => good(n + 1)), bad(1), bad(2, 'timeout')];
  const measured = new RowMeasure();
  measured.addLines(rows.map((row) => JSON.stringify(row)));
  const gates = { ...GATES, failOn: new Set(['broken'] as const), maxLatency: [{ name: 'p50', percentile: 50, limitMs: 3 }] };
  const judgement = await judged(t, rows, gates);
  assert.deepEqual(judgement.words, ['1 failure', 'latency p50 is 10 ms; --max-latency allows 3 ms']);
  assert.deepEqual(await checkGates({ file: '/nonexistent', gates, measured }), judgement);
  const isIgnored = (url: string) => url === 'http://a/1';
  assert.deepEqual(await judged(t, rows, gates, { isIgnored, measured }), await judged(t, rows, gates, { isIgnored }));
  const baseline = await Baseline.read(await writeLog(t, rows), FAILED);
  assert.deepEqual(await judged(t, rows, gates, { baseline, measured }), await judged(t, rows, gates, { baseline }));
});

test('failures known from the baseline do not count, and fixed ones are reported', async (t) => {
  const baseline = await Baseline.read(await writeLog(t, [bad(1), bad(2, 'timeout'), good(3)]), FAILED);
  assert.deepEqual(await judged(t, [bad(1), good(2), good(3)], {}, { baseline }), {
    passed: true,
    words: ['1 failure known from the baseline, not counted', '1 URL fixed since the baseline', 'no new failures'],
  });
  assert.deepEqual((await judged(t, [bad(1), bad(3)], {}, { baseline })).words.at(0), '1 new failure');
  const posted = { ...bad(1), method: 'POST' };
  assert.equal((await judged(t, [posted], {}, { baseline })).passed, false, 'another method is another thing');
  assert.equal((await judged(t, [bad(1, 'timeout')], {}, { baseline })).passed, true, 'it fails in another way');
});

test('skipped URLs that count as failures are known from the baseline too', async (t) => {
  const failOn: Gates['failOn'] = new Set(['robots'] as const);
  const baseline = await Baseline.read(await writeLog(t, [outcome({ url: 'http://a/1', verdict: 'robots' })]), failOn);
  const now = [outcome({ url: 'http://a/1', verdict: 'robots' })];
  assert.equal((await judged(t, now, { failOn }, { baseline })).passed, true);
  assert.equal((await judged(t, now, { failOn })).passed, false);
});

test('missing fragments are failures if the gates count them', async (t) => {
  const pointing = (...names: string[]) =>
    outcome({
      url: 'http://a/0',
      ...page(
        [],
        [],
        names.map((name) => `http://a/0#${name}`),
      ),
    });
  const now = [pointing('one', 'two'), bad(1)];
  const fragments = await checkFragments(await writeLog(t, now), []);
  const all: Gates['failOn'] = new Set(['broken', 'fragments'] as const);
  assert.deepEqual(await judged(t, now, { failOn: all }, { fragments }), {
    passed: false,
    words: ['3 failures, 2 of them missing fragments'],
  });
  assert.deepEqual((await judged(t, now, {}, { fragments })).words, ['1 failure'], 'verdicts alone were asked for');
  assert.equal((await judged(t, now, { failOn: new Set() }, { fragments })).passed, true);
  const only = { failOn: new Set(['fragments'] as const) };
  const baseline = await Baseline.read(await writeLog(t, [pointing('one')]), only.failOn);
  assert.deepEqual((await judged(t, now, only, { fragments, baseline })).words, [
    '1 missing fragment',
    '1 failure known from the baseline, not counted',
  ]);
  for (const [pattern, passed] of [
    ['http://a/0#*', true],
    ['http://a/0', true],
    ['http://a/0#one', false],
  ] as const) {
    assert.equal((await judged(t, now, only, { fragments, isIgnored: urlMatcher(pattern) })).passed, passed, pattern);
  }
});

test('ignored URLs do not count', async (t) => {
  const isIgnored = urlMatcher('# old pages\nhttp://a/1\n\nhttp://a/2*\n');
  assert.deepEqual(await judged(t, [bad(1), bad(22)], {}, { isIgnored }), {
    passed: true,
    words: ['2 failures ignored', 'no new failures'],
  });
  assert.equal((await judged(t, [bad(12)], {}, { isIgnored })).passed, false);
});

test('in patterns, stars match anything and all else is literal, in linear time', () => {
  const matches = (pattern: string, url: string) => urlMatcher(pattern)(url);
  assert.ok(matches('http://a/*', 'http://a/'));
  assert.ok(matches('*', 'anything'));
  assert.ok(matches('http://*/x.html', 'http://a.b/c/x.html'));
  assert.ok(matches('http://a/?q=*&r=1', 'http://a/?q=2&r=1'));
  assert.ok(!matches('http://a/?q=*&r=1', 'http://a/xq=2&r=1'));
  assert.ok(!matches('http://a/*b*b', 'http://a/b'));
  assert.ok(!matches('http://a/', 'http://a/b'));
  const hostile = `${'a*'.repeat(2_000)}b`;
  assert.equal(matches(hostile, 'a'.repeat(50_000)), false);
});
