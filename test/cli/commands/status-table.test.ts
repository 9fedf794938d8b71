import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectorsText, leftOutText, statusJson, statusTable, throttledText } from '../../../src/cli/commands/status.ts';
import type { RunCounts } from '../../../src/engine/run-counts.ts';

const NOTHING: RunCounts = {
  state: 'open',
  submitted: 0,
  duplicates: 0,
  accepted: 0,
  discovered: 0,
  settled: 0,
  ok: 0,
  failed: 0,
  skipped: 0,
  retries: 0,
  leftOut: {},
  inFlight: 0,
  unreleased: 0,
  batches: 0,
  ended: false,
};

const STATUSES = [
  {
    run: 'nightly',
    counts: { ...NOTHING, accepted: 12_345, settled: 12_345, ok: 12_000, failed: 345, retries: 9, sealedAt: 13, ended: true },
  },
  { run: '20260101-000000-abcdef', counts: { ...NOTHING, accepted: 10, discovered: 5, settled: 3, ok: 3, inFlight: 2, sealedAt: 1 } },
  { run: 'x', counts: NOTHING },
];

test('each run has one aligned line', () => {
  assert.equal(
    statusTable(STATUSES),
    [
      'Run                     State      URLs    Done      Ok  Failed  Skipped  In flight  Retries',
      'nightly                 ended    12,345  12,345  12,000     345        0          0        9',
      '20260101-000000-abcdef  running      15       3       3       0        0          2        0',
      'x                       open          0       0       0       0        0          0        0',
      '',
    ].join('\n'),
  );
});

const ALONE = { workers: [], collectors: [] };

test('each live collector has a line', () => {
  const collectors = [
    { name: 'here-1', runs: 1 },
    { name: 'elsewhere-2', runs: 1_200 },
  ];
  assert.equal(collectorsText(collectors), '\nCollectors:\n  here-1       1 run at present\n  elsewhere-2  1,200 runs at present\n');
  assert.equal(collectorsText([]), '');
  assert.deepEqual(JSON.parse(statusJson([], [], { workers: [{ name: 'w', slots: 2 }], collectors })).collectors, collectors);
});

test('skipped links are listed below the table, for the runs that have some', () => {
  const crawled = { run: 'docs', counts: { ...NOTHING, leftOut: { nofollow: 12, scope: 1_204, depth: 0 } } };
  assert.equal(leftOutText([...STATUSES, crawled]), '\nLinks not followed:\n  docs  1,204 scope, 12 nofollow\n');
  assert.equal(leftOutText(STATUSES), '');
});

test('without runs, a message says so', () => {
  assert.equal(statusTable([]), 'No runs.\n');
  assert.deepEqual(JSON.parse(statusJson([], [], ALONE)), { schema: 1, runs: [], throttled: [], workers: [], collectors: [] });
  assert.equal(throttledText([]), '');
});

test('JSON has the counts of the engine', () => {
  assert.deepEqual(JSON.parse(statusJson(STATUSES, [], ALONE)).runs[1], {
    run: '20260101-000000-abcdef',
    ...STATUSES[1]?.counts,
    state: 'running',
  });
});

test('each throttled origin has a line with the reason', () => {
  const origin = (name: string, concurrency: number, holdMs: number, misses: number) => ({
    origin: `http://${name}.test`,
    concurrency,
    holdMs,
    misses,
    asks: holdMs > 0 ? 3 : 0,
  });
  const origins = [origin('slow', 3, 0, 0), origin('gone', 1, 0, 20), origin('busy', 2, 61_000, 0), origin('mute', 1, 0, 2)];
  assert.equal(
    throttledText(origins),
    [
      '',
      'Throttled origins, of all runs:',
      '  http://busy.test  2 at a time, asked 3 times in a row to wait: next request in 1m 01s',
      '  http://gone.test  1 at a time, down: 20 requests in a row without an answer',
      '  http://mute.test  1 at a time, 2 requests in a row without an answer',
      '  http://slow.test  3 at a time, asked to wait',
      '',
    ].join('\n'),
  );
  const many = Array.from({ length: 1_030 }, (_, index) => origin(String(index), 1, index, 0));
  assert.match(throttledText(many), /^ {2}http:\/\/1029\.test .*[\s\S]*^ {2}and 1,010 more$/m);
});
