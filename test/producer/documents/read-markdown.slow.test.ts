import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMarkdown } from '../../../src/producer/documents/read-markdown.ts';
import { scaledMs } from '../../helpers/until.ts';

test('a paragraph with a directive on each of very many lines is read in linear time', () => {
  const begun = performance.now();
  assert.deepEqual(readMarkdown(':::{note}\n'.repeat(200_000)).links, []);
  assert.ok(performance.now() - begun < scaledMs(60_000));
});
