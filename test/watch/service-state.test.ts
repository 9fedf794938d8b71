import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Check } from '../../src/watch/check.ts';
import { afterCheck, type Change, type ServiceState, unknownState } from '../../src/watch/service-state.ts';
import { aCheck } from './a-check.ts';

const LETTERS: Readonly<Record<string, Check['found']>> = { u: 'up', s: 'slow', d: 'down' };
const RULES = { confirm: 2, certificateDays: 14 };

/** Checks one second apart, and what is reported at which second. */
function follow(checks: readonly Check[], confirm: number): { state: ServiceState; reported: string[] } {
  let state = unknownState(aCheck('up', 0).atMs);
  const reported: string[] = [];
  for (const [second, check] of checks.entries()) {
    const after = afterCheck(state, check, { ...RULES, confirm });
    state = after.state;
    reported.push(...after.changes.map((change) => `${second} ${describe(change)}`));
  }
  return { state, reported };
}

function describe(change: Change): string {
  if (change.kind === 'certificate') return `certificate ${change.daysLeft}`;
  return `${change.before}>${change.kind} x${change.checks} after ${change.afterMs / 1_000}`;
}

for (const [what, found, confirm, reported, ends] of [
  ['the first state counts at once', 'd', 3, ['0 unknown>down x1 after 0'], 'down'],
  ['an equal result changes nothing', 'uuuu', 1, ['0 unknown>up x1 after 0'], 'up'],
  [
    'with confirm 1 every different result is a change',
    'udu',
    1,
    ['0 unknown>up x1 after 0', '1 up>down x1 after 1', '2 down>up x1 after 1'],
    'up',
  ],
  ['with confirm 2 a single result is no change', 'uduud', 2, ['0 unknown>up x1 after 0'], 'up'],
  [
    'two in a row are a change, which counts from the first of them',
    'uudd',
    2,
    ['0 unknown>up x1 after 0', '3 up>down x2 after 2'],
    'down',
  ],
  ['with confirm 3, two and two are not three', 'udduddudd', 3, ['0 unknown>up x1 after 0'], 'up'],
  ['alternating slow and down are no change', 'usdsd', 2, ['0 unknown>up x1 after 0'], 'up'],
  ['slow, slow, then down, down', 'ussdd', 2, ['0 unknown>up x1 after 0', '2 up>slow x2 after 1', '4 slow>down x2 after 2'], 'down'],
  ['from down to slow', 'ddss', 2, ['0 unknown>down x1 after 0', '3 down>slow x2 after 2'], 'slow'],
  ['down for five seconds', 'udddduu', 2, ['0 unknown>up x1 after 0', '2 up>down x2 after 1', '6 down>up x2 after 4'], 'up'],
] as const) {
  test(`state: ${what}`, () => {
    const checks = [...found].map((letter, second) => aCheck(LETTERS[letter] as Check['found'], second));
    const end = follow(checks, confirm);
    assert.deepEqual(end.reported, reported);
    assert.equal(end.state.state, ends);
  });
}

test('a certificate that expires soon is reported once a day, in any state of the service', () => {
  const hours = (count: number) => aCheck('up', 0).atMs + count * 3_600_000;
  const at = (hour: number, daysLeft: number, found: Check['found'] = 'up') =>
    aCheck(found, 0, { atMs: hours(hour), certificateDaysLeft: daysLeft });
  const checks = [at(0, 15), at(1, 14), at(2, 14, 'down'), at(24, 13, 'down'), at(25, 13), at(48, 12), at(49, 12), at(50, -1)];
  const reported = follow(checks, 1).reported.filter((line) => line.includes('certificate'));
  assert.deepEqual(reported, ['1 certificate 14', '4 certificate 13', '6 certificate 12']);
});

test('a service without a certificate gets no report about one', () => {
  assert.deepEqual(follow([aCheck('up', 0), aCheck('up', 1)], 1).reported, ['0 unknown>up x1 after 0']);
});
