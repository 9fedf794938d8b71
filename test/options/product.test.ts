import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { HOMEPAGE, VERSION } from '../../src/options/product.ts';

test('version and homepage match package.json', async () => {
  const { version, homepage } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  assert.deepEqual([VERSION, HOMEPAGE], [version, homepage]);
});
