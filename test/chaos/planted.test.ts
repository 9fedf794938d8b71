import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SHORT_CLAIM } from './build-copy.ts';
import { changedFiles, markersOf } from './marked-code.ts';
import { PLANTED } from './planted.ts';
import { SCENARIOS } from './scenarios.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const CHANGES = [
  ...PLANTED.map(({ name, changes }) => ({ name, changes })),
  ...SCENARIOS.flatMap(({ name, changes = [] }) => (changes.length === 0 ? [] : [{ name, changes }])),
];

for (const { name, changes } of CHANGES) {
  test(`the program can be changed: ${name}`, () => {
    assert.ok(changedFiles(ROOT, [SHORT_CLAIM, ...changes]).size > 0);
  });
}

test('each marker in the program is used', () => {
  const used = new Set([SHORT_CLAIM, ...CHANGES.flatMap(({ changes }) => changes)].map(({ at }) => at));
  assert.deepEqual(
    markersOf(ROOT).filter((marker) => !used.has(marker)),
    [],
  );
});
