import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rounds } from '../../src/watch/rounds.ts';

test('a service whose check has not ended is skipped in the next round, and the others are not', () => {
  const rounds = new Rounds(3);
  assert.deepEqual(rounds.begin(), { round: 1, due: [0, 1, 2], late: [] });
  rounds.end(2);
  rounds.end(0);
  assert.deepEqual(rounds.begin(), { round: 2, due: [0, 2], late: [1] });
  assert.deepEqual(rounds.begin(), { round: 2, due: [], late: [0, 1, 2] }, 'no round begins while all checks are in progress');
  rounds.end(1);
  assert.deepEqual(rounds.begin(), { round: 3, due: [1], late: [0, 2] });
});

test('a lost round is begun again with all services', () => {
  const rounds = new Rounds(2);
  rounds.begin();
  assert.equal(rounds.areUnderWay, true);
  rounds.repeat();
  assert.deepEqual([rounds.areUnderWay, rounds.count], [false, 0]);
  assert.deepEqual(rounds.begin(), { round: 1, due: [0, 1], late: [] });
});
