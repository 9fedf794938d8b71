import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_LINE_CHARS, parseSeedLine } from '../../../src/model/lines/seed-line.ts';
import { withoutDotSegments } from '../../../src/model/url/canonical-url.ts';
import { maskCredentials } from '../../../src/model/url/without-credentials.ts';

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
    ['http://a.test/x/.y/../z', 'http://a.test/x/z'],
    ['http://intranet/', 'http://intranet/'],
    ['http://a.test/x\ty', 'http://a.test/xy'],
  ];
  const rests = [
    '/',
    '',
    '/x',
    '/x/',
    '//x',
    '/x//y',
    '/a.b/c..d',
    '/.',
    '/./x',
    '/..',
    '/x/..',
    '/x/../y',
    '/x/.y',
    '/x/.y/../z',
    '/%41',
    '/%zz',
    '/x%',
    '/a b',
    '/\u00fc',
    '/a|b',
    '/a^b',
    '/a[b]',
    '/a{b}',
    '/a`b',
    "/a'b",
    '/a"b',
    '/<a>',
    '/a\\b',
    '/a:b@c',
    '/~a!$&()*+,;=',
    '?',
    '?a=b',
    '/?',
    '/x?a=b&c=/../d?e',
    "/x?a='b'",
    '/x?a|b',
    '/x?a%20b',
    '/x?../y',
    '#',
    '/#',
    '/x#y',
    '/x?y#z',
    ':80/x',
    ':443/x',
    '.evil.test/x',
    '@evil.test/x',
    '/x\ty',
  ];
  for (const origin of ['http://a.test', 'https://a.test:8443', 'http://[::1]:82', 'http://xn--bcher-kva.example']) {
    it(`reads every URL of ${origin} as if it were the first of that origin`, () => {
      for (const rest of rests) {
        const line = `${origin}${rest}`;
        parseSeedLine('http://another.test/');
        const first = parseSeedLine(line);
        parseSeedLine(`${origin}/`);
        assert.deepEqual(parseSeedLine(line), first, line);
        if (first.kind === 'url') assert.equal(first.url, withoutDotSegments(new URL(line)).href.replace(/#.*/s, ''), line);
      }
    });
  }

  it('reads every pair of ASCII characters in a path and in a query as if the URL were the first of its origin', () => {
    const origin = 'http://a.test';
    for (let pair = 0; pair < 0x80 * 0x80; pair++) {
      const characters = String.fromCharCode(pair >> 7, pair & 0x7f);
      const line = `${origin}/${characters}/x?${characters}`;
      parseSeedLine('http://another.test/%');
      const first = parseSeedLine(line);
      parseSeedLine(`${origin}/%`);
      const next = parseSeedLine(line);
      // Comparing the text is faster than `deepEqual`.
      if (JSON.stringify(next) !== JSON.stringify(first)) assert.deepEqual(next, first, JSON.stringify(line));
    }
  });

  for (const [line, url] of urls) {
    it(`reads ${JSON.stringify(line)} as ${url}`, () => {
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
    it(`rejects ${JSON.stringify(line.slice(0, 40))} with ${code} and keeps at most about 1,000 characters`, () => {
      const seed = parseSeedLine(line);
      assert.ok(seed.kind === 'invalid', JSON.stringify(seed));
      assert.equal(seed.code, code);
      assert.ok(seed.input.length < 1_100);
    });
  }

  const secrets: Array<[line: string, kind: string, input: string]> = [
    ['http://user:s3cret@a.test/@x', 'url', 'http://***@a.test/@x'],
    ['http:///user:s3cret@127.0.0.1:9/p', 'url', 'http:///***@127.0.0.1:9/p'],
    ['http://user:s3 cret@a.test/', 'url', 'http://***@a.test/'],
    ['ftp://user:s3cret@h/x', 'invalid', 'ftp://***@h/x'],
    ['http://user:s3cret@127.0.0.1:99999/', 'invalid', 'http://***@127.0.0.1:99999/'],
    ['user:s3cret@example.com/', 'invalid', '***@example.com/'],
    ['http://user:s3#cret@127.0.0.1/', 'invalid', 'http://***@127.0.0.1/'],
    ['htp://pu:s3cret@h/', 'invalid', 'htp://***@h/'],
    [`ftp://user:s3cret${'x'.repeat(2_000)}@h/`, 'invalid', 'ftp://***@h/'],
    ['https://medium.com/@user', 'url', 'https://medium.com/@user'],
    ['medium.com/@user', 'url', 'medium.com/@user'],
  ];
  for (const [line, kind, input] of secrets) {
    it(`shows ${JSON.stringify(line.slice(0, 40))} as ${JSON.stringify(input)}`, () => {
      const seed = parseSeedLine(line);
      assert.ok(seed.kind !== 'blank');
      assert.deepEqual([seed.kind, seed.input], [kind, input]);
    });
    it(`does not take ${JSON.stringify(line.slice(0, 40))}, once masked, for a URL with other credentials`, () => {
      const masked = maskCredentials(line);
      const seed = parseSeedLine(masked);
      if (masked === line || seed.kind !== 'url') return;
      assert.equal(new URL(seed.url).username, '***');
    });
  }

  it('still reads a masked comment as a comment', () => {
    assert.deepEqual(parseSeedLine(maskCredentials('# http://user:s3cret@a.test/')), { kind: 'blank' });
  });

  it('keeps credentials in the URL, which is what is fetched', () => {
    const seed = parseSeedLine('http://user:s3cret@a.test/');
    assert.ok(seed.kind === 'url');
    assert.equal(seed.url, 'http://user:s3cret@a.test/');
  });

  for (const line of ['', '   ', '\t', '# comment', '  # comment', '#']) {
    it(`ignores ${JSON.stringify(line)}`, () => assert.deepEqual(parseSeedLine(line), { kind: 'blank' }));
  }

  it('gives two spellings of a URL the same key, and different URLs different keys', () => {
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
