import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { GOLDEN_REPORTS } from './golden-reports.ts';

// `npm run goldens` writes these files.
for (const { name, render } of GOLDEN_REPORTS) {
  test(`the report ${name} matches the golden file byte for byte`, async (t) => {
    assert.equal(await render(t), await readFile(new URL(`golden/${name}.golden`, import.meta.url), 'utf8'));
  });
}
