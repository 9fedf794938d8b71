import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcome, rendered } from '../sample-log.ts';

test('the ten errors that GitHub shows are annotations, and the others are plain lines, which the notice counts', async (t) => {
  const failed = Array.from({ length: 23 }, (_, n) =>
    outcome({ url: `http://a/${n}`, verdict: 'broken', status: 404, source: 'a.md', line: n + 1 }),
  );
  const hostile = outcome({ url: '::error::x', verdict: 'invalid-url', error: { code: 'NOT_A_URL', message: 'no\n::error::URL' } });
  const lines = (await rendered(t, 'github', [...failed, hostile])).trimEnd().split('\n');
  assert.equal(lines.filter((line) => line.startsWith('::error ')).length, 10);
  assert.equal(lines[10], '  a.md:11: 404: http://a/10: Not Found');
  assert.match(lines[23] ?? '', /^ {2}.*invalid-url: ::error::x: no\\x0a::error::URL$/);
  assert.match(lines[24] ?? '', /^::notice .*GitHub shows only 10 errors of a step; 14 more are in its log$/);
  assert.equal(lines.length, 25);
});

test('few failures are all annotations, and the notice mentions no others', async (t) => {
  const text = await rendered(t, 'github', [outcome({ verdict: 'broken', status: 404 })]);
  assert.match(text, /^::error /);
  assert.doesNotMatch(text, /GitHub shows/);
});
