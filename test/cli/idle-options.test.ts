import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idleOptions } from '../../src/cli/begin-run.ts';

test('options for links are reported as having no effect if no links are followed', () => {
  const list = { depth: 0 };
  assert.equal(idleOptions({ stripParams: ['a'], exclude: ['x'], robots: true, timeoutMs: 1 }, list, false), undefined);
  assert.equal(
    idleOptions({ checkExternal: true }, list, false),
    '--check-external has no effect here: add --depth N or --depth all to follow links',
  );
  assert.match(
    idleOptions({ scope: 'any', keepSkipped: true, maxUrls: 3 }, list, false) ?? '',
    /^--scope, --max-urls and --show-skipped have /,
  );
  assert.equal(idleOptions({ scope: 'any', fragments: true }, { depth: 1 }, false), undefined);
});

test('--fragments has an effect on documents without --depth', () => {
  assert.match(idleOptions({ fragments: true }, { depth: 0 }, false) ?? '', /^--fragments has no effect/);
  assert.equal(idleOptions({ fragments: true }, { depth: 0 }, true), undefined);
});
