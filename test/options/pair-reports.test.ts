import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReportFormat } from '../../src/model/report-formats.ts';
import { type PairFlag, pairReports, type ReportTarget, targetProblems } from '../../src/options/pair-reports.ts';

const f = (format: ReportFormat): PairFlag => ({ kind: 'format', format });
const o = (output: string): PairFlag => ({ kind: 'output', output });

const CASES: readonly (readonly [string, readonly PairFlag[], readonly ReportTarget[]])[] = [
  ['nothing', [], [{ format: 'table' }]],
  ['-f json', [f('json')], [{ format: 'json' }]],
  ['-f json -o r.json -f table', [f('json'), o('r.json'), f('table')], [{ format: 'json', output: 'r.json' }, { format: 'table' }]],
  ['-o r.txt -f json', [o('r.txt'), f('json')], [{ format: 'json', output: 'r.txt' }]],
  ['-f table -f json -o r', [f('table'), f('json'), o('r')], [{ format: 'table' }, { format: 'json', output: 'r' }]],
  [
    '-o a -f json -o b -f csv',
    [o('a'), f('json'), o('b'), f('csv')],
    [
      { format: 'json', output: 'a' },
      { format: 'csv', output: 'b' },
    ],
  ],
  ['-o r.csv', [o('r.csv')], [{ format: 'csv', output: 'r.csv' }]],
  ['-o r.NDJSON', [o('r.NDJSON')], [{ format: 'ndjson', output: 'r.NDJSON' }]],
  ['-o report', [o('report')], [{ format: 'table', output: 'report' }]],
  ['-f csv -o -', [f('csv'), o('-')], [{ format: 'csv' }]],
];

for (const [name, flags, targets] of CASES) {
  test(`${name} gives the expected reports`, () => {
    assert.deepEqual(pairReports(flags), targets);
  });
}

test('two reports with the same target are a problem', () => {
  assert.deepEqual(targetProblems(pairReports([f('json'), o('a'), f('table')])), []);
  assert.match(targetProblems(pairReports([f('json'), f('table')])).join(), /two reports go to stdout/);
  assert.match(targetProblems(pairReports([f('json'), o('a'), f('csv'), o('a')])).join(), /two reports go to a:/);
});
