import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEFT_OUT } from '../../src/model/left-out.ts';

test('why a link was not followed is a word in kebab case, and a text that says what the link is or does', () => {
  for (const [word, meaning] of Object.entries(LEFT_OUT)) {
    assert.match(word, /^[a-z]+(-[a-z]+)*$/);
    assert.match(meaning, /^[a-z][^.]+$/);
  }
});
