import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEFT_OUT } from '../../src/model/left-out.ts';

test('each reason is a word in kebab case with a description that can follow the subject "the link"', () => {
  for (const [word, meaning] of Object.entries(LEFT_OUT)) {
    assert.match(word, /^[a-z]+(-[a-z]+)*$/);
    assert.match(meaning, /^[a-z][^.]+$/);
  }
});
