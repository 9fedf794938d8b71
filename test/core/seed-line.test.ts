import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_LINE_CHARS, parseSeedLine } from '../../src/core/seed-line.ts';

describe('parseSeedLine', () => {
  const urls: Array<[line: string, url: string]> = [
    ['http://example.com', 'http://example.com/'],
    ['HTTPS://Example.COM:443/A?b#c', 'https://example.com/A?b'],
    ['  http://a.test/x \t', 'http://a.test/x'],
    ['example.com', 'http://example.com/'],
    ['example.com:8080/x', 'http://example.com:8080/x'],
    ['localhost', 'http://localhost/'],
    ['localhost:3000/health?x=1', 'http://localhost:3000/health?x=1'],
    ['127.0.0.1:80', 'http://127.0.0.1/'],
    ['[::1]:8080/x', 'http://[::1]:8080/x'],
    ['bücher.example/ü', 'http://xn--bcher-kva.example/%C3%BC'],
    ['http://a.test/a b', 'http://a.test/a%20b'],
    ['http://intranet/', 'http://intranet/'],
  ];
  for (const [line, url] of urls) {
    it(`takes ${JSON.stringify(line)} for ${url}`, () => {
      const seed = parseSeedLine(line);
      assert.ok(seed.kind === 'url', JSON.stringify(seed));
      assert.equal(seed.url, url);
      assert.equal(seed.origin, new URL(url).origin);
    });
  }

  const invalid: Array<[line: string, code: string]> = [
    ['not a url', 'NOT_A_URL'],
    ['intranet', 'NOT_A_URL'],
    ['/path/only', 'NOT_A_URL'],
    ['mailto:someone@example.com', 'NOT_A_URL'],
    ['someone@example.com', 'NOT_A_URL'],
    ['javascript:alert(1)', 'NOT_A_URL'],
    ['ftp://example.com/', 'UNSUPPORTED_SCHEME'],
    ['file:///etc/passwd', 'UNSUPPORTED_SCHEME'],
    ['http://', 'NOT_A_URL'],
    ['http://a.test:99999/', 'NOT_A_URL'],
    ['http://[::1', 'NOT_A_URL'],
    [`http://a.test/${'x'.repeat(MAX_LINE_CHARS)}`, 'LINE_TOO_LONG'],
  ];
  for (const [line, code] of invalid) {
    it(`refuses ${JSON.stringify(line.slice(0, 40))} with ${code}, and keeps little of it`, () => {
      const seed = parseSeedLine(line);
      assert.ok(seed.kind === 'invalid', JSON.stringify(seed));
      assert.equal(seed.code, code);
      assert.ok(seed.input.length < 1_100);
    });
  }

  for (const line of ['', '   ', '\t', '# comment', '  # comment', '#']) {
    it(`ignores ${JSON.stringify(line)}`, () => assert.deepEqual(parseSeedLine(line), { kind: 'blank' }));
  }

  it('gives two spellings of one URL the same key, and two URLs two', () => {
    const key = (line: string) => {
      const seed = parseSeedLine(line);
      return seed.kind === 'url' ? seed.key : undefined;
    };
    assert.equal(key('http://A.test:80/a/../b#x'), key('a.test/b'));
    assert.equal(key('http://a.test/%7euser/%e2%82%ac'), key('http://a.test/~user/%E2%82%AC'));
    assert.notEqual(key('http://a.test/?a=1&b=2'), key('http://a.test/?b=2&a=1'));
    assert.notEqual(key('http://a.test/x'), key('http://a.test/x/'));
    assert.match(key('http://a.test/') ?? '', /^[0-9a-f]{16}$/);
  });
});
