import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findTestFiles } from '../../scripts/find-test-files.ts';

const root = mkdtempSync(join(tmpdir(), 'trawl-files-'));
after(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, 'test/cli'), { recursive: true });
for (const file of ['crawl.test.ts', 'cli/map.test.ts', 'cli/map.slow.test.ts', 'cli/run-cli.ts'])
  writeFileSync(join(root, 'test', file), '');

const CORE = ['test/cli/map.test.ts', 'test/crawl.test.ts'];
const SLOW = 'test/cli/map.slow.test.ts';
const files = (patterns: string[], all = false) => findTestFiles(root, patterns, { all });

test('the core is every test file except those named slow', () => {
  assert.deepEqual(files([]), CORE);
  assert.deepEqual(files([], true), [SLOW, ...CORE]);
});

test('a name runs what it matches, slow or not', () => {
  assert.deepEqual(files(['map']), [SLOW, 'test/cli/map.test.ts']);
  assert.deepEqual(files(['slow', 'crawl.test']), [SLOW, 'test/crawl.test.ts']);
  assert.deepEqual(files([join(root, 'test/cli')]), [SLOW, 'test/cli/map.test.ts']);
});

test('a name that matches nothing is an error', () => {
  assert.throws(() => files(['crawl', 'misspelt']), /no test file matches "misspelt"/);
});
