import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SettleBatch } from '../../../../src/engine/redis/visits/settle-batch.ts';
import type { OutcomeLine } from '../../../../src/model/lines/outcome-line.ts';

const OUTCOME = { key: '0'.repeat(16), kind: 'ok', line: '{}' as OutcomeLine } as const;
const RETRY = { key: '1'.repeat(16), kind: 'retry:1000', origin: 'http://a.test', packed: '[]' } as const;

test('outcomes wait 200 ms for others, and what lets other slots go on waits 50 ms', (t) => {
  let nowMs = 1_000;
  t.mock.method(performance, 'now', () => nowMs);
  const batch = new SettleBatch();
  const isDueAfter = (waitMs: number) => {
    nowMs += waitMs;
    return batch.isDue;
  };
  batch.add(OUTCOME);
  assert.deepEqual([isDueAfter(199), isDueAfter(1)], [false, true]);
  batch.take();
  batch.add(RETRY);
  assert.deepEqual([isDueAfter(49), isDueAfter(1)], [false, true]);
  batch.take();
  batch.add({ ...OUTCOME, found: '' }, 1);
  assert.deepEqual([isDueAfter(49), isDueAfter(1)], [false, true]);
  batch.take();
  batch.add(OUTCOME);
  nowMs += 30;
  batch.add(RETRY);
  assert.deepEqual([isDueAfter(19), isDueAfter(1)], [false, true], 'counted from the first move');
  batch.take();
  batch.add(OUTCOME);
  assert.deepEqual([isDueAfter(199), isDueAfter(1)], [false, true], 'the next batch begins anew');
});
