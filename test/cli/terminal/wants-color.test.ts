import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wantsColor } from '../../../src/cli/terminal/wants-color.ts';

const [TERMINAL, PIPE] = [{ isTTY: true }, { isTTY: false }];

test('a terminal has colours, a pipe and a dumb terminal have none', () => {
  assert.equal(wantsColor('auto', {}, TERMINAL), true);
  assert.equal(wantsColor('auto', {}, PIPE), false);
  assert.equal(wantsColor('auto', { TERM: 'dumb' }, TERMINAL), false);
});

test('--color decides before FORCE_COLOR, and that before NO_COLOR', () => {
  assert.equal(wantsColor('never', { FORCE_COLOR: '1' }, TERMINAL), false);
  assert.equal(wantsColor('always', { NO_COLOR: '1' }, PIPE), true);
  assert.equal(wantsColor('auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, PIPE), true);
  assert.equal(wantsColor('auto', { FORCE_COLOR: '0' }, TERMINAL), false);
  assert.equal(wantsColor('auto', { NO_COLOR: '1' }, TERMINAL), false);
  assert.equal(wantsColor('auto', { NO_COLOR: '', FORCE_COLOR: '' }, TERMINAL), true);
});
