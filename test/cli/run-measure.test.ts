import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureOfLog, openMeasure } from '../../src/cli/run-measure.ts';
import { loadConfig } from '../../src/options/load-config.ts';
import { Baseline } from '../../src/report/baseline.ts';
import { EXERCISE, summaryOf, writeLog } from '../report/sample-log.ts';

const reportOf = (flags: Parameters<typeof loadConfig>[1]) => loadConfig('crawl', flags, {}).report;
const format = (text: string) => [{ key: 'format', text }] as const;

test('rows are measured if a report or a gate uses it', async (t) => {
  assert.ok(openMeasure(reportOf([]), {}));
  assert.ok(openMeasure(reportOf(format('json')), {}));
  assert.equal(openMeasure(reportOf(format('ndjson')), {}), undefined);
  assert.ok(openMeasure(reportOf([...format('ndjson'), { key: 'failOn', text: 'none' }]), {}));
  const baseline = await Baseline.read(await writeLog(t, EXERCISE), new Set());
  assert.equal(openMeasure(reportOf([]), { baseline }), undefined);
});

test('the measure counts only for a complete log that this process wrote alone', () => {
  const measure = openMeasure(reportOf([]), {});
  measure?.addLines(EXERCISE.map((row) => JSON.stringify(row)));
  const summary = summaryOf(EXERCISE);
  assert.equal(measureOfLog(measure, summary), measure);
  assert.equal(measureOfLog(measure, { ...summary, state: 'stopped' }), undefined);
  assert.equal(measureOfLog(measure, summaryOf([...EXERCISE, ...EXERCISE])), undefined);
  assert.equal(measureOfLog(undefined, summary), undefined);
});
