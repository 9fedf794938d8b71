import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Parsed } from '../../src/model/parsed.ts';
import { linkDepth, regexText, scopeKind, stripParamNames, UNLIMITED_DEPTH } from '../../src/options/parse-follow.ts';

/** Tests the result of parsing each text: a value, or a pattern that the problem matches. */
function table<T>(
  name: string,
  parse: (text: string) => Parsed<T>,
  rows: readonly (readonly [text: string, expected: T | RegExp])[],
): void {
  for (const [text, expected] of rows) {
    test(`${name}: ${JSON.stringify(text)}`, () => {
      const result = parse(text);
      if (expected instanceof RegExp) assert.match(result.ok ? 'no problem' : result.problem, expected);
      else assert.deepEqual(result, { ok: true, value: expected });
    });
  }
}

table('depth', linkDepth, [
  ['0', 0],
  ['3', 3],
  ['all', UNLIMITED_DEPTH],
  ['-1', /too small/],
  ['1000001', /too large/],
  ['1.5', /neither a whole number nor all/],
  ['ALL', /neither a whole number nor all/],
  ['', /neither a whole number nor all/],
]);

test('the depth all survives JSON', () => {
  assert.equal(JSON.parse(JSON.stringify(UNLIMITED_DEPTH)), UNLIMITED_DEPTH);
});

table('scope', scopeKind, [
  ['prefix', 'prefix'],
  ['site', /not one of: origin, host, domain, prefix, any/],
]);

table('regular expression', regexText, [
  ['/docs/', '/docs/'],
  ['\\.pdf$', '\\.pdf$'],
  ['\\-', '\\-'],
  ['', /^is empty: it would match every URL$/],
  ['(a', /^"\(a" is not a regular expression: Unterminated group$/],
  ['a: [', /^"a: \[" is not a regular expression: Unterminated character class$/],
  ['*.pdf', /^"\*\.pdf" is not a regular expression: Nothing to repeat$/],
]);

table('parameters to strip', stripParamNames, [
  ['utm_*,sid', ['utm_*', 'sid']],
  [' utm_* , sid ', ['utm_*', 'sid']],
  ['*', ['*']],
  ['sid,', /has an empty name: write names like utm_\*,sid/],
  ['', /has an empty name/],
]);
