import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OriginLanes } from '../../../src/engine/memory/origin-lanes.ts';
import { MOST_REMEMBERED } from '../../../src/model/unreachable-origin.ts';

test('origins that had to rest when they were left are forgotten when their time has come', () => {
  const lanes = new OriginLanes();
  for (let index = 0; index <= MOST_REMEMBERED; index++) {
    lanes.enter(`http://${index}.test`);
    lanes.hold(`http://${index}.test`, 1_100);
    lanes.leave(`http://${index}.test`, 1_000);
  }
  const miss = (nowMs: number) => {
    lanes.enter('http://dead.test');
    lanes.fetched('http://dead.test', false, 10, nowMs);
    lanes.leave('http://dead.test', nowMs);
  };
  assert.equal(lanes.notBeforeMs('http://0.test'), 1_100);
  miss(1_200);
  miss(1_201);
  assert.equal(lanes.limit('http://dead.test', 10), 1, 'there is room to remember what it did');
  assert.equal(lanes.notBeforeMs('http://0.test'), 0);
});
