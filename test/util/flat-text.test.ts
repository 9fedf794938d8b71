import assert from 'node:assert/strict';
import { it } from 'node:test';
import { flatText } from '../../src/util/flat-text.ts';

it('returns the same text', () => {
  for (const text of ['', 'a', `${'a'.repeat(20)}${String(Math.random())}`, '😀', '\ud83d']) assert.equal(flatText(text), text);
});
