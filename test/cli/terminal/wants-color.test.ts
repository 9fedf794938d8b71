import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wantsColor } from '../../../src/cli/terminal/wants-color.ts';

const [TERMINAL, PIPE] = [{ isTTY: true }, { isTTY: false }];

test('a terminal gets colours, but a pipe and a dumb terminal do not', () => {
  assert.equal(wantsColor('auto', {}, TERMINAL), true);
  assert.equal(wantsColor('auto', {}, PIPE), false);
  assert.equal(wantsColor('auto', { TERM: 'dumb' }, TERMINAL), false);
});

test('--color overrides FORCE_COLOR, which overrides NO_COLOR', () => {
  assert.equal(wantsColor('never', { FORCE_COLOR: '1' }, TERMINAL), false);
  assert.equal(wantsColor('always', { NO_COLOR: '1' }, PIPE), true);
  assert.equal(wantsColor('auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, PIPE), true);
  assert.equal(wantsColor('auto', { FORCE_COLOR: '0' }, TERMINAL), false);
  assert.equal(wantsColor('auto', { NO_COLOR: '1' }, TERMINAL), false);
  assert.equal(wantsColor('auto', { NO_COLOR: '', FORCE_COLOR: '' }, TERMINAL), true);
});
