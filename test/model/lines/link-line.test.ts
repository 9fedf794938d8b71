import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLinkLine } from '../../../src/model/lines/link-line.ts';
import { parseSeedLine } from '../../../src/model/lines/seed-line.ts';

test('a link becomes a seed with its place and the fields that are copied to the outcome', () => {
  const line = { url: 'https://e.test/a', input: '//e.test/a#b', source: 'a.md', line: 3, places: ['b.md:1'], morePlaces: 2 };
  const plain = parseSeedLine('https://e.test/a');
  assert.deepEqual(parseLinkLine(JSON.stringify({ ...line, fragments: ['https://e.test/a#b'] })), {
    ...plain,
    input: '//e.test/a#b',
    place: { source: 'a.md', line: 3 },
    request: { places: ['b.md:1'], morePlaces: 2, fragments: ['https://e.test/a#b'] },
  });
});

test('a local link is valid only with the result of its check', () => {
  const local = { url: 'file:///docs/@a.md#b', input: '../@a.md#b', source: 'x/a.md', line: 1, places: [] };
  const seed = parseLinkLine(JSON.stringify({ ...local, checked: 'ok' }));
  assert.ok(seed.kind === 'url');
  assert.deepEqual([seed.url, seed.origin, seed.input, seed.request?.checked], [local.url, 'file://', '../@a.md#b', 'ok']);
  const invalid = parseLinkLine(JSON.stringify(local));
  assert.deepEqual([invalid.kind, invalid.kind === 'invalid' && invalid.code], ['invalid', 'UNSUPPORTED_SCHEME']);
});

test('a result with another verdict than those of links is not accepted', () => {
  const local = { url: 'file:///docs/a.md', source: 'x/a.md', line: 1, places: [] };
  for (const [verdict, kind] of [
    [undefined, 'url'],
    ['out-of-scope', 'url'],
    ['invalid-url', 'url'],
    ['fine', 'invalid'],
    [1, 'invalid'],
  ] as const) {
    const checked = { code: 'X', message: 'x', verdict };
    assert.equal(parseLinkLine(JSON.stringify({ ...local, checked })).kind, kind, String(verdict));
  }
});

test('a link that is not local is requested even if a result is given, unless the result is that it is not a valid URL', () => {
  const line = { url: 'https://e.test/', source: 'a.md', line: 1, places: [] };
  const asked = parseLinkLine(JSON.stringify({ ...line, checked: 'ok' }));
  assert.ok(asked.kind === 'url');
  assert.equal(asked.request?.checked, undefined);
  const refused = parseLinkLine(JSON.stringify({ ...line, checked: { code: 'NOT_A_URL', message: 'too long' } }));
  assert.deepEqual([refused.kind, refused.kind === 'invalid' && refused.message], ['invalid', 'too long']);
});

test('credentials are masked in the input that is shown', () => {
  for (const input of [undefined, 'https://u:secret@e.test/#x', '//u:secret@e.test/']) {
    const seed = parseLinkLine(JSON.stringify({ url: 'https://u:secret@e.test/', input, source: 'a.md', line: 1, places: [] }));
    assert.ok(seed.kind === 'url');
    assert.match(seed.input, /\*\*\*@e\.test/);
    assert.doesNotMatch(seed.input, /secret/);
  }
});

test('an invalid link becomes an invalid row, with its place if that is known', () => {
  const invalid = parseLinkLine('{"url":"http://[","source":"a.md","line":2,"places":["b.md:1"]}');
  assert.deepEqual(invalid, {
    kind: 'invalid',
    input: 'http://[',
    code: 'NOT_A_URL',
    message: 'not a valid URL',
    place: { source: 'a.md', line: 2 },
    places: ['b.md:1'],
  });
  for (const text of ['', '{', 'null', '[]', '{"url":1}', '{"url":"#"}', '{"url":"x","places":[1],"checked":{},"line":"1","source":2}']) {
    assert.equal(parseLinkLine(text).kind, 'invalid', text);
  }
});
