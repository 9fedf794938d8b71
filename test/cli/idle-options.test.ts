import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idleOptions } from '../../src/cli/begin-run.ts';

test('options of links that nobody follows are told', () => {
  const list = { depth: 0 };
  assert.equal(idleOptions({ stripParams: ['a'], exclude: ['x'], robots: true, timeoutMs: 1 }, list, false), undefined);
  assert.equal(
    idleOptions({ checkExternal: true }, list, false),
    '--check-external does nothing here: links are followed with --depth N, or --depth all',
  );
  assert.match(
    idleOptions({ scope: 'any', keepSkipped: true, maxUrls: 3 }, list, false) ?? '',
    /^--scope, --max-urls and --show-skipped do /,
  );
  assert.equal(idleOptions({ scope: 'any', fragments: true }, { depth: 1 }, false), undefined);
});

test('fragments of documents are checked without --depth', () => {
  assert.match(idleOptions({ fragments: true }, { depth: 0 }, false) ?? '', /^--fragments does nothing/);
  assert.equal(idleOptions({ fragments: true }, { depth: 0 }, true), undefined);
});
