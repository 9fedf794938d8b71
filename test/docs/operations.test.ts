import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { withGeneratedTables } from '../../scripts/operations-docs.ts';

test('the operations guide lists the metrics as they are defined', () => {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  assert.equal(withGeneratedTables(page), page, 'run npm run docs');
});
