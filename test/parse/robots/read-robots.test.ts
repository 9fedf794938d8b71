import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRobots } from '../../../src/parse/robots/read-robots.ts';

const URL_OF_FILE = 'https://example.com/robots.txt';
const read = (text: string | Uint8Array, token = 'trawl') => readRobots(text, token, URL_OF_FILE);

const DECISIONS: ReadonlyArray<readonly [text: string, path: string, allowed: boolean]> = [
  // Which groups apply
  ['User-agent: *\nDisallow: /', '/a', false],
  ['User-agent: *\nDisallow: /\nUser-agent: trawl\nDisallow:', '/a', true],
  ['User-agent: *\nDisallow: /\nUser-agent: trawl', '/a', true],
  ['User-agent: TRAWL/2.1\nDisallow: /', '/a', false],
  ['User-agent: trawler\nDisallow: /', '/a', true],
  ['User-agent: trawl-images\nDisallow: /', '/a', true],
  ['User-agent: * everybody\nDisallow: /', '/a', false],
  ['User-agent: *bot\nDisallow: /', '/a', true],
  ['User-agent: other\nUser-agent: trawl\nDisallow: /', '/a', false],
  ['User-agent: trawl\nDisallow: /a\nUser-agent: other\nDisallow: /b\nUser-agent: trawl\nDisallow: /c', '/c', false],
  ['User-agent: trawl\nDisallow: /a\nUser-agent: other\nDisallow: /b\nUser-agent: trawl\nDisallow: /c', '/b', true],
  ['User-agent: trawl\n\nSitemap: /s.xml\nCrawl-delay: 1\nHost: h\nUser-agent: other\nDisallow: /', '/a', false],
  ['Disallow: /', '/a', true],
  ['User-agent: trawl\nCrawl-delay: 1\nUser-agent: *\nCrawl-delay: 60\nDisallow: /x', '/x', false],
  // How lines are parsed
  ['useragent: trawl\ndissalow: /', '/a', false],
  ['user agent: trawl\nDISALLAW:/', '/a', false],
  ['User-agent trawl\nDisallow\t/a', '/a', false],
  ['User-agent: trawl\nDisallow /a /b', '/a', true],
  ['User-agent: trawl\nDisallowed: /a', '/a', false],
  ['User-agent: trawl\n : /a\n:\n#\nDisallow: /a # not yet', '/a', false],
  ['\t User-agent \t:\v trawl \r Disallow \t:\f /a \r', '/a', false],
  ['User-agent: trawl\nDisallow: /a\0b', '/a', false],
  ['User-agent: trawl\nDisallow:\u00a0/a', '/a', true],
  // Which rule decides
  ['User-agent: *\nDisallow: /a\nAllow: /a', '/a', true],
  ['User-agent: *\nDisallow: /a/\nAllow: /a', '/a/', false],
  ['User-agent: *\nAllow: /*.html\nDisallow: /docs/', '/docs/x.html', true],
  ['User-agent: *\nAllow: /*.htm\nDisallow: /docs/x', '/docs/x.htm', false],
  ['User-agent: *\nDisallow: /\nAllow: /$', '/', true],
  ['User-agent: *\nDisallow: /\nAllow: /$', '/?a', false],
  ['User-agent: *\nDisallow: /\nAllow: /a/index.html', '/a/', true],
  ['User-agent: *\nDisallow: /a/index.html', '/a/', true],
  ['User-agent: *\nDisallow: *', '/', false],
  ['User-agent: *\nDisallow: a', '/a', true],
  ['User-agent: *\nDisallow: https://example.com/a', '/a', true],
  ['User-agent: *\nDisallow: /?q=', '?q=1', false],
  ['User-agent: *\nDisallow: /', '', false],
  ['User-agent: *\nDisallow: /', '/robots.txt', true],
  ['User-agent: *\nDisallow: /', '/robots.txt.bak', false],
];

test('decides by the longest matching rule of the groups for the token', () => {
  for (const [text, path, allowed] of DECISIONS) assert.equal(read(text).decide(path).allowed, allowed, `${JSON.stringify(text)} ${path}`);
});

const ESCAPES: ReadonlyArray<readonly [rule: string, path: string, matches: boolean]> = [
  // RFC 9309 section 2.2.2
  ['/foo/bar?baz=quz', '/foo/bar?baz=quz', true],
  ['/foo/bar?baz=https://foo.bar', '/foo/bar?baz=https%3A%2F%2Ffoo.bar', true],
  ['/foo/bar?baz=https%3A%2F%2Ffoo.bar', '/foo/bar?baz=https%3A%2F%2Ffoo.bar', true],
  ['/foo/bar/ツ', '/foo/bar/%E3%83%84', true],
  ['/foo/bar/%E3%83%84', '/foo/bar/%E3%83%84', true],
  ['/foo/bar/%62%61%7A', '/foo/bar/baz', true],
  ['/foo/bar/baz', '/foo/bar/%62%61%7A', true],
  // RFC 9309 section 2.2.3
  ['/path/file-with-a-%2A.html', '/path/file-with-a-*.html', true],
  ['/path/file-with-a-%2A.html', '/path/file-with-a-b.html', false],
  ['/path/foo-%24', '/path/foo-$', true],
  ['/path/foo-%24$', '/path/foo-$x', false],
  // The case of hexadecimal digits, and characters that are not allowed in URIs
  ['/%e3%83%84', '/%E3%83%84', true],
  ['/%E3%83%84', '/%e3%83%84', true],
  ['/a b', '/a%20b', true],
  ['/*{', '/x%7By', true],
  // A separator differs from its escape
  ['/a/b', '/a%2Fb', false],
  ['/a%2Fb', '/a/b', false],
  ['/a?b', '/a%3Fb', false],
  ['/*%2F', '/a?b=%2F', true],
  ['/*?u=http:', '/a?u=http%3A', true],
  ['/*%', '/a%2Ab', true],
];

test('compares rules and URLs regardless of redundant escapes in either', () => {
  for (const [rule, path, matches] of ESCAPES) {
    assert.equal(read(`User-agent: *\nDisallow: ${rule}`).decide(path).allowed, !matches, `Disallow: ${rule} and ${path}`);
  }
});

test('an Allow with escaped letters matches only URLs with the same escapes', () => {
  const { decide } = read('User-agent: *\nDisallow: /\nAllow: /%62%61%7A\nAllow: /%7b');
  assert.equal(decide('/%62%61%7A').allowed, true);
  assert.equal(decide('/baz').allowed, false);
  assert.equal(decide('/%7B').allowed, true);
});

test('returns the rule that decided and its group, as written', () => {
  const text = '# ours\r\nUSER-AGENT: Trawl/1.0\r\nDisallow: /caf\u00e9/  # closed\r\n\r\nUser-agent: *\r\ndisallow : /x\r\n';
  assert.deepEqual(read(text).decide('/caf%C3%A9/menu'), {
    allowed: false,
    rule: { line: 3, text: 'Disallow: /caf\u00e9/', group: 'Trawl' },
  });
  assert.deepEqual(read(text, 'other').decide('/x'), { allowed: false, rule: { line: 6, text: 'disallow : /x', group: '*' } });
  assert.deepEqual(read(text).decide('/x'), { allowed: true });
});

const DELAYS: ReadonlyArray<readonly [text: string, ms: number | undefined]> = [
  ['User-agent: *\nCrawl-delay: 10', 10_000],
  ['User-agent: *\nDisallow: /x\nCrawl-delay: 0.25', 250],
  ['User-agent: *\nCrawl-delay: .5', 500],
  ['User-agent: *\nCrawl-delay: 2\nCrawl-delay: 5\nCrawl-delay: 3', 5_000],
  ['User-agent: *\nCrawl-delay: 5\nUser-agent: trawl\nDisallow: /x', undefined],
  ['User-agent: other\nCrawl-delay: 5\nUser-agent: *\nDisallow: /x', undefined],
  ['User-agent: *\nCrawl-delay: 5\nUser-agent: trawl\nDisallow: /x\nCrawl-delay: 1', 1_000],
  ['Crawl-delay: 5\nUser-agent: *\nDisallow: /x', undefined],
  // Each agent has its own delay, although the rules that follow apply to all of them.
  ['User-agent: *\nCrawl-delay: 1\nUser-agent: slow\nCrawl-delay: 60\nDisallow: /x', 1_000],
  ['User-agent: slow\nCrawl-delay: 60\nUser-agent: *\nCrawl-delay: 1\nDisallow: /x', 1_000],
  ['User-agent: trawl\nCrawl-delay: 1\nUser-agent: *\nCrawl-delay: 60\nDisallow: /x', 1_000],
  ['User-agent: slow\nUser-agent: trawl\nCrawl-delay: 2\nDisallow: /x\nCrawl-delay: 3', 3_000],
  ['User-agent: *\nCrawl-delay: -1', undefined],
  ['User-agent: *\nCrawl-delay: soon', undefined],
  ['User-agent: *\nCrawl-delay: 10s', undefined],
  ['User-agent: *\nCrawl-delay: 1e3', undefined],
  [`User-agent: *\nCrawl-delay: ${'9'.repeat(400)}`, undefined],
  ['User-agent: *\nCrawl-delay:', undefined],
];

test('reads the crawl delay of the group, and ignores values that are not a number of seconds', () => {
  for (const [text, ms] of DELAYS) assert.equal(read(text).crawlDelayMs, ms, JSON.stringify(text));
});

test('lists the sitemaps of the whole file in order, without duplicates', () => {
  const text = [
    'Sitemap: https://example.com/a.xml',
    'User-agent: other',
    'SITE-MAP: /b.xml',
    'Sitemap: https://example.com/a.xml',
    'Sitemap: //cdn.example/\u00e9.xml',
    'Sitemap: ftp://example.com/c.xml',
    'Sitemap: http://[',
    'Sitemap:',
    'Disallow: /',
  ].join('\n');
  assert.deepEqual(read(text).sitemaps, ['https://example.com/a.xml', 'https://example.com/b.xml', 'https://cdn.example/%C3%A9.xml']);
});

test('ignores everything after 500 KiB, and reads a line up to that cut', () => {
  const head = 'User-agent: *\nDisallow: /abc';
  const filled = `${'#'.repeat(500 * 1024 - head.length - 1)}\n${head}def\nDisallow: /late`;
  const { decide } = read(filled);
  assert.equal(decide('/abc').allowed, false);
  assert.equal(decide('/late').allowed, true);
});

test('reads what it can of files that are not UTF-8 or not text', () => {
  const broken = Buffer.concat([Buffer.from('User-agent: *\nDisallow: /a'), Buffer.from([0xe9, 0xff]), Buffer.from('\nDisallow: /b\n')]);
  assert.equal(read(broken).decide('/a%E9%FF').allowed, false);
  assert.equal(read(broken).decide('/b').allowed, false);
  assert.deepEqual(read(new Uint8Array()).decide('/'), { allowed: true });
  assert.deepEqual(read(new Uint8Array([0xef, 0xbb])).decide('/'), { allowed: true });
});

test('reads UTF-16 files with a byte order mark', () => {
  const little = Buffer.from('\ufeffUser-agent: *\r\nDisallow: /caf\u00e9\r\n', 'utf16le');
  for (const bytes of [little, Buffer.from(little).swap16(), little.subarray(0, -1)]) {
    assert.equal(read(bytes).decide('/caf%C3%A9').rule?.line, 2);
    assert.equal(read(bytes).decide('/').allowed, true);
  }
});

test('decides quickly for rules designed to cause backtracking', () => {
  const stars = `User-agent: *\nDisallow: /${'*a'.repeat(8_000)}b\nDisallow: /*${'a'.repeat(8_000)}b`;
  const path = `/${'a'.repeat(16_000)}`;
  // With backtracking over the asterisks, this test would practically never end.
  assert.equal(read(stars).decide(path).allowed, true);
});

test('parses text and bytes to the same rules', () => {
  const text = 'User-agent: *\nDisallow: /\u00e9\nSitemap: /\u00e9.xml\n';
  assert.deepEqual(read(text).decide('/%C3%A9'), read(Buffer.from(text)).decide('/%C3%A9'));
  assert.deepEqual(read(text).sitemaps, read(Buffer.from(text)).sitemaps);
});
