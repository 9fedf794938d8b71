import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backlog } from '../../../src/engine/memory/backlog.ts';
import { ChunkStore } from '../../../src/engine/memory/chunk-store.ts';
import { OriginLanes } from '../../../src/engine/memory/origin-lanes.ts';
import { OFFER_MS } from '../../../src/engine/rules/lane-fairness.ts';
import { MAX_REMEMBERED, REMEMBERED_MS } from '../../../src/model/unreachable-origin.ts';

const backlogOf = (origin: string) => new Backlog(origin, new ChunkStore());

/** A visit of a run takes or releases a lane. */
function enter(lanes: OriginLanes, backlog: Backlog, nowMs: number): void {
  backlog.visits++;
  lanes.enter(backlog, nowMs);
}
function leave(lanes: OriginLanes, backlog: Backlog, nowMs: number): void {
  backlog.visits--;
  lanes.leave(backlog, nowMs);
}

/** A run's backlog with one waiting entry. */
function waitingBacklog(): Backlog {
  const backlog = backlogOf('http://a.test');
  backlog.append({ key: '', url: '', origin: 'http://a.test', depth: 0, attempts: 0, deferrals: 0, acceptedAtMs: 0 });
  return backlog;
}

test('a lane offered to a waiting run is reserved for two seconds against runs with a higher limit', () => {
  const lanes = new OriginLanes();
  const [low, high] = [waitingBacklog(), waitingBacklog()];
  const offered: Backlog[] = [];
  enter(lanes, high, 0);
  enter(lanes, high, 0);
  assert.equal(lanes.isFull('http://a.test', 2), true);
  lanes.waitForLane({ backlog: low, limit: 2, offer: (backlog) => offered.push(backlog) }, 0);
  assert.equal(lanes.isLeftToOthers(high, 4, 10), true, 'while it waits');
  leave(lanes, high, 100);
  assert.deepEqual(offered, [low]);
  assert.equal(lanes.isLeftToOthers(low, 2, 100), false);
  assert.equal(lanes.isLeftToOthers(high, 4, 100 + OFFER_MS - 1), true);
  assert.equal(lanes.isLeftToOthers(high, 4, 100 + OFFER_MS), false, 'it has not come');
  leave(lanes, high, 200);
  assert.equal(lanes.isLeftToOthers(high, 4, 300), false, 'there is room for both');
  assert.equal(lanes.isLeftToOthers(high, 2, 300), false);
  enter(lanes, low, 400);
  assert.equal(lanes.isLeftToOthers(high, 4, 500), false, 'it has a lane');
});

test('a run with a limit of one lane gets its turn at the origin', () => {
  const lanes = new OriginLanes();
  const [low, high] = [waitingBacklog(), waitingBacklog()];
  enter(lanes, high, 0);
  lanes.waitForLane({ backlog: low, limit: 1, offer: () => {} }, 0);
  leave(lanes, high, 100);
  assert.equal(lanes.isLeftToOthers(high, 4, 200), true, 'no run holds it, but it stays reserved');
  enter(lanes, low, 300);
  leave(lanes, low, 400);
  assert.equal(lanes.isLeftToOthers(high, 4, 400), false);
});

test('what was learnt about an origin is forgotten after an hour', () => {
  const lanes = new OriginLanes();
  const backlog = backlogOf('http://a.test');
  enter(lanes, backlog, 0);
  lanes.fetched('http://a.test', false, 10, 0);
  lanes.fetched('http://a.test', false, 10, 0);
  assert.equal(lanes.isThrottled('http://a.test', REMEMBERED_MS - 1), true);
  assert.equal(lanes.isThrottled('http://a.test', REMEMBERED_MS), false);
  lanes.asked('http://a.test', 1_000, 10, REMEMBERED_MS);
  assert.equal(lanes.limit('http://a.test', 10, 2 * REMEMBERED_MS + 999), 5);
  assert.equal(lanes.limit('http://a.test', 10, 2 * REMEMBERED_MS + 1_000), 10);
});

test('origins whose last visit ends during a hold are forgotten when the hold ends', () => {
  const lanes = new OriginLanes();
  for (let index = 0; index <= MAX_REMEMBERED; index++) {
    const backlog = backlogOf(`http://${index}.test`);
    lanes.enter(backlog, 1_000);
    lanes.hold(backlog.origin, 1_100);
    lanes.leave(backlog, 1_000);
  }
  const dead = backlogOf('http://dead.test');
  const miss = (nowMs: number) => {
    lanes.enter(dead, nowMs);
    lanes.fetched(dead.origin, false, 10, nowMs);
    lanes.leave(dead, nowMs);
  };
  assert.equal(lanes.notBeforeMs('http://0.test'), 1_100);
  miss(1_200);
  miss(1_201);
  assert.equal(lanes.limit('http://dead.test', 10, 1_201), 1, 'there is room to remember what it did');
  assert.equal(lanes.notBeforeMs('http://0.test'), 0);
});
