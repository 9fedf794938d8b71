import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseListLine } from '../../../src/model/lines/list-line.ts';

for (const [line, url] of [
  ['  http://a.test/x ', 'http://a.test/x'],
  ['http://a.test/x  # why', 'http://a.test/x'],
  ['http://a.test/x#part # why', 'http://a.test/x'],
  ['http://a.test/x\thttp://a.test/y', 'http://a.test/x'],
  ['<http://a.test/x>', 'http://a.test/x'],
  ['- http://a.test/x', 'http://a.test/x'],
  ['* <http://a.test/x> # why', 'http://a.test/x'],
  ['• example.com', 'http://example.com/'],
  ['12. http://a.test/x', 'http://a.test/x'],
  ['3) http://a.test/x', 'http://a.test/x'],
  ['- [x] http://a.test/x', 'http://a.test/x'],
  ['> > * http://a.test/x', 'http://a.test/x'],
  ['"http://a.test/x",', 'http://a.test/x'],
  ["'http://a.test/x'", 'http://a.test/x'],
  ['\u200bhttp://a.test/x\u200b', 'http://a.test/x'],
  ['\u00a0http://a.test/x\u00a0', 'http://a.test/x'],
  ["http://a.test/it's", "http://a.test/it's"],
  ['http://a.test/#a b', 'http://a.test/'],
] as const) {
  test(`reads ${JSON.stringify(line)} as ${url}`, () => {
    const seed = parseListLine(line);
    assert.ok(seed.kind === 'url', JSON.stringify(seed));
    assert.equal(seed.url, url);
  });
}

for (const [line, code] of [
  ['http://a.test/x http://a.test/y', 'NOT_A_URL'],
  ['http://a.test/caf\ufffd', 'NOT_UTF8'],
  ['- not a url', 'NOT_A_URL'],
  ['<>', 'NOT_A_URL'],
  ['http://u:s3cret@a.test/ ftp://b.test/', 'NOT_A_URL'],
] as const) {
  test(`rejects ${JSON.stringify(line)} with ${code} and shows no credentials`, () => {
    const seed = parseListLine(line);
    assert.ok(seed.kind === 'invalid', JSON.stringify(seed));
    assert.equal(seed.code, code);
    assert.doesNotMatch(seed.input, /s3cret/);
  });
}

test('the message distinguishes several URLs in a line from other text before the URL', () => {
  const problem = (line: string) => {
    const seed = parseListLine(line);
    return seed.kind === 'invalid' ? seed.message : seed.kind;
  };
  assert.equal(problem('http://a.test/ http://b.test/'), 'several URLs: write one per line');
  assert.equal(problem('Home: http://a.test/'), 'text before the URL: write only the URL');
});

for (const line of ['', ' \t', '# http://a.test/', '- # http://a.test/']) {
  test(`ignores ${JSON.stringify(line)}`, () => assert.deepEqual(parseListLine(line), { kind: 'blank' }));
}
