import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Outcome } from '../../src/model/outcome.ts';
import { Baseline } from '../../src/report/baseline.ts';
import { renderReport } from '../../src/report/report.ts';
import { RowMeasure } from '../../src/report/row-measure.ts';
import { EXERCISE, HOSTILE, outcome, rendered, summaryOf, textSink, writeLog } from './sample-log.ts';

const ROWS = [
  ...EXERCISE,
  ...HOSTILE,
  outcome({ url: `http://example.com/${'a'.repeat(150)}`, status: 200, sizeBytes: 123_456_789, wireBytes: 7, latencyMs: 99_999.6 }),
  outcome({ url: `http://example.com/${'b'.repeat(80)}`, verdict: 'too-many-redirects' }),
];

function measureOf(rows: readonly Outcome[]): RowMeasure {
  const measured = new RowMeasure();
  measured.addLines(rows.map((row) => JSON.stringify(row)));
  return measured;
}

for (const format of ['table', 'json', 'junit', 'github'] as const) {
  test(`${format}: the report is the same, whether its rows were measured while they were written or are read again`, async (t) => {
    for (const rows of [ROWS, EXERCISE, []]) {
      assert.equal(await rendered(t, format, rows, { measured: measureOf(rows) }), await rendered(t, format, rows));
    }
  });
}

test('on terminals of all sizes too', async (t) => {
  for (const terminal of [
    { columns: 40, rows: 100 },
    { columns: 200, rows: 100 },
    { columns: 80, rows: 5 },
  ]) {
    assert.equal(await rendered(t, 'table', ROWS, { terminal, measured: measureOf(ROWS) }), await rendered(t, 'table', ROWS, { terminal }));
  }
});

test('the log is not read for figures, nor for rows where no row is shown', async (t) => {
  const rows = Array<Outcome>(30).fill(outcome({ status: 200, latencyMs: 5 }));
  const input = { summary: summaryOf(rows), order: 'completion', terminal: { columns: 80, rows: 24 } } as const;
  const shown = async (file: string, measured?: RowMeasure) => {
    const sink = textSink();
    await renderReport('table', { ...input, file, ...(measured && { measured }) }, sink.out);
    return sink.text();
  };
  const whole = await writeLog(t, rows);
  const unreadable = await writeLog(t, []);
  await writeFile(unreadable, 'no outcome\n');
  assert.equal(await shown(unreadable, measureOf(rows)), await shown(whole));
  await assert.rejects(shown(unreadable), /damaged/);
});

test('a measure covers a log only if it has all of its rows', () => {
  const measured = measureOf(EXERCISE);
  assert.equal(measured.covers(EXERCISE.length), true);
  assert.equal(measured.covers(EXERCISE.length + 1), false);
  measured.addLines(['no outcome']);
  assert.equal(measured.covers(EXERCISE.length + 1), false);
});

test('with a baseline, the log is read, because the figures count marked rows', async (t) => {
  const baseline = await Baseline.read(await writeLog(t, ROWS), new Set());
  const text = await rendered(t, 'json', ROWS, { baseline, measured: measureOf(ROWS) });
  assert.equal(text, await rendered(t, 'json', ROWS, { baseline }));
  assert.ok(JSON.parse(text).figures.baseline.known > 0);
});
