import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adviceText } from '../../../src/cli/messages/end-of-run.ts';
import { VERDICT_CLASS, type Verdict } from '../../../src/model/verdict.ts';

test('each verdict with advice has a line, most frequent first', () => {
  const lines = adviceText({ ok: 9, timeout: 2, broken: 1_200, cancelled: 4 });
  assert.deepEqual(
    lines.map((line) => line.slice(0, line.indexOf(':'))),
    ['1,200 broken', '2 timeout'],
  );
  assert.match(lines[1] ?? '', /allow more time with --timeout and --connect-timeout/);
  assert.deepEqual(adviceText({ ok: 9 }), []);
});

test('every failed verdict has advice', () => {
  const failed = (Object.keys(VERDICT_CLASS) as Verdict[]).filter((verdict) => VERDICT_CLASS[verdict] === 'failed');
  for (const verdict of failed) assert.equal(adviceText({ [verdict]: 1 }).length, 1, verdict);
});
