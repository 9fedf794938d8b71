import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PLANTED } from './planted.ts';
import { SCENARIOS } from './scenarios.ts';

test('what scenarios replace stands in the program, once', () => {
  for (const { name, edits = [] } of SCENARIOS) {
    for (const { file, search } of edits) {
      const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      assert.equal(text.split(search).length - 1, 1, `${name}: ${search} in ${file}`);
    }
  }
});

test('what planted bugs replace stands in the program, once', () => {
  for (const bug of PLANTED) {
    for (const { file, search } of [bug, ...(bug.also ?? [])]) {
      const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
      assert.equal(text.split(search).length - 1, 1, `${bug.name}: ${search} in ${file}`);
    }
  }
});
