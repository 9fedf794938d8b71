import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../src/options/load-config.ts';
import { failOn, failureLimit, latencyLimit } from '../../src/options/parse-gates.ts';

const value = <T>(parsed: { ok: true; value: T } | { ok: false; problem: string }) => {
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.problem);
  return parsed.value;
};
const problem = (parsed: { ok: boolean; problem?: string }) => parsed.problem ?? '';

test('--fail-on takes none, classes and verdicts', () => {
  assert.deepEqual([...value(failOn('none'))], []);
  assert.deepEqual([...value(failOn('broken, timeout'))], ['broken', 'timeout']);
  assert.ok(value(failOn('failed')).has('dns') && !value(failOn('failed')).has('cancelled'));
  assert.ok(value(failOn('failed,robots')).has('robots'));
  assert.ok(value(failOn('failed')).has('fragments') && !value(failOn('broken,skipped')).has('fragments'));
  assert.deepEqual([...value(failOn('fragments'))], ['fragments']);
  assert.deepEqual([...value(failOn('skipped'))].sort(), ['cancelled', 'out-of-scope', 'private-address', 'robots']);
  assert.match(problem(failOn('404')), /"404" is neither none, failed, skipped, fragments nor a verdict: broken, /);
  for (const text of ['', 'ok', 'none,failed', 'broken,']) assert.match(problem(failOn(text)), /is neither/, text);
});

test('--max-failures takes a number or a percentage', () => {
  assert.deepEqual(value(failureLimit('3')), { kind: 'count', count: 3 });
  assert.deepEqual(value(failureLimit('0.5%')), { kind: 'percent', percent: 0.5 });
  for (const text of ['', 'x', '-1', '1.5', '101%', '5 %']) assert.notEqual(problem(failureLimit(text)), '', text);
});

test('--max-latency takes a percentile, or the maximum, and a duration', () => {
  assert.deepEqual(value(latencyLimit('p95=800ms')), { name: 'p95', percentile: 95, limitMs: 800 });
  assert.deepEqual(value(latencyLimit('p99.9=2s')), { name: 'p99.9', percentile: 99.9, limitMs: 2_000 });
  assert.deepEqual(value(latencyLimit('max=1m')), { name: 'max', percentile: 100, limitMs: 60_000 });
  for (const text of ['', '800ms', 'p95', 'p95=800', 'p100=1s', 'mean=1s', 'p95=0s'])
    assert.notEqual(problem(latencyLimit(text)), '', text);
});

test('a report is judged only if a gate was given', () => {
  assert.equal(loadConfig('report', [], {}).report.gated, false);
  assert.equal(loadConfig('report', [{ key: 'maxFailures', text: '0' }], {}).report.gated, true);
});
