import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FASTER_AFTER_MS, faster, type Pace, slower } from '../../../src/engine/rules/origin-pace.ts';

describe('the pace of an origin', () => {
  it('is halved each time the origin asks for a pause, down to one', () => {
    const first = slower(undefined, 10, 500, 1_000);
    assert.deepEqual(first, { lanes: 5, most: 10, changedAtMs: 1_000, askedUntilMs: 1_500, asks: 1 });
    const second = slower(first, 10, 500, 1_500);
    assert.deepEqual(second.lanes, 2);
    const third = slower(second, 10, 500, 2_000);
    assert.deepEqual([third.lanes, slower(third, 10, 500, 2_500).lanes], [1, 1]);
    assert.equal(slower(undefined, 1, 500, 0).lanes, 1);
  });

  it('is halved once for all requests in flight when the origin asked, and the longest pause counts', () => {
    const first = slower(undefined, 10, 500, 1_000);
    assert.deepEqual(slower(first, 10, 2_000, 1_100), { ...first, askedUntilMs: 3_100, asks: 2 });
    assert.deepEqual(slower(first, 10, 100, 1_100), { ...first, asks: 2 });
  });

  it('never exceeds half of what a stricter run allows', () => {
    assert.equal(slower({ lanes: 40, most: 80, changedAtMs: 0, askedUntilMs: 0, asks: 0 }, 10, 500, 1_000).lanes, 5);
  });

  it('grows by one for each second after the pause, up to the limit of the run', () => {
    const pace = slower(undefined, 6, 500, 1_000);
    assert.deepEqual(faster(pace, 6, 1_500 + FASTER_AFTER_MS - 1), { ...pace, asks: 0 });
    const fourth = faster(pace, 6, 1_500 + FASTER_AFTER_MS);
    assert.deepEqual(fourth, { lanes: 4, most: 6, changedAtMs: 2_500, askedUntilMs: 1_500, asks: 0 });
    assert.ok(fourth !== undefined);
    assert.deepEqual(faster(fourth, 6, 2_600), fourth);
    assert.equal(faster(fourth, 6, 3_500)?.lanes, 5);
    assert.equal(faster({ ...fourth, lanes: 5 }, 6, 3_500), undefined);
  });

  it('is not reset by the answers to a stricter run', () => {
    const pace = slower(undefined, 10, 500, 1_000);
    assert.equal(faster(pace, 1, 2_500)?.lanes, 6);
    assert.equal(faster(slower(undefined, 1, 500, 1_000), 1, 2_500), undefined);
    const metByBoth = faster(slower(undefined, 1, 500, 1_000), 10, 2_000) as Pace;
    assert.deepEqual([metByBoth.lanes, faster(metByBoth, 1, 2_500)?.lanes], [1, 2]);
  });
});
