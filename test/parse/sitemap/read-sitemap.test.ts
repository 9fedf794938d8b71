import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { readSitemap } from '../../../src/parse/sitemap/read-sitemap.ts';
import type { SitemapEnd } from '../../../src/parse/sitemap/sitemap-item.ts';
import { inPieces, readAll } from './read-all.ts';

const CORPUS = new URL('../../../../shared/corpora/sitemaps-scrapy.json', import.meta.url);
const NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"';

/** The URLs of a sitemap. It is read once as a whole and once byte by byte, and both must give the same result. */
async function urlsOf(content: string | Uint8Array): Promise<string[]> {
  const whole = await readAll(inPieces(content));
  const bytes = await readAll(inPieces(content, 1));
  assert.deepEqual(bytes, whole);
  return whole.items.map(({ url }) => url);
}

async function endOf(content: string | Uint8Array): Promise<SitemapEnd> {
  return (await readAll(inPieces(content))).end;
}

test('reads the sitemaps of the corpus as Scrapy does', async (t) => {
  if (!existsSync(CORPUS)) return t.skip('the corpus is not available');
  const { cases } = JSON.parse(readFileSync(CORPUS, 'utf8')) as {
    cases: Array<{ id: string; xml: string; expected: Array<{ loc: string; lastmod?: string; alternate?: string[] }> }>;
  };
  assert.ok(cases.length > 0);
  for (const { id, xml, expected } of cases) {
    const { items } = await readAll(inPieces(xml, 7));
    const locations = items.filter((item) => item.kind === 'sitemap' || item.alternate !== true);
    assert.deepEqual(
      locations.map(({ url, lastmod = '' }) => [url, lastmod]),
      expected.map(({ loc, lastmod = '' }) => [loc, lastmod]),
      id,
    );
    const all = new Set(expected.flatMap(({ loc, alternate = [] }) => [loc, ...alternate]));
    assert.deepEqual(new Set(items.map(({ url }) => url)), all, id);
  }
});

const LOCATIONS: ReadonlyArray<readonly [name: string, content: string, urls: readonly string[]]> = [
  ['entities', '<urlset><url><loc>http://a.example/?x=1&amp;y=&#50;&#x33;&apos;</loc></url></urlset>', ['http://a.example/?x=1&y=23%27']],
  [
    'unescaped ampersands',
    '<urlset><url><loc>http://a.example/?x=1&y=2&copy;=3</loc></url></urlset>',
    ['http://a.example/?x=1&y=2&copy;=3'],
  ],
  ['CDATA', '<urlset><url><loc>\n<![CDATA[ http://a.example/?x=1&amp;y ]]>\n</loc></url></urlset>', ['http://a.example/?x=1&amp;y']],
  [
    'a comment inside',
    '<urlset><url><loc>http://a.example/<!-- <loc>http://no.example/</loc> -->b</loc></url></urlset>',
    ['http://a.example/b'],
  ],
  ['line breaks inside', '<urlset><url><loc>\r\n\thttp://a.example/\n b\n</loc></url></urlset>', ['http://a.example/%20b']],
  [
    'a prefix',
    '<sm:urlset xmlns:sm="http://www.sitemaps.org/schemas/sitemap/0.9"><sm:url><sm:loc>http://a.example/</sm:loc></sm:url></sm:urlset>',
    ['http://a.example/'],
  ],
  [
    'two prefixes',
    `<x:urlset xmlns:x="u" xmlns:y='http://www.google.com/schemas/sitemap/0.84'><x:url><y:loc>http://a.example/</y:loc></x:url></x:urlset>`,
    ['http://a.example/'],
  ],
  ['upper case', '<URLSET><URL><LOC>http://a.example/</LOC></URL></URLSET>', ['http://a.example/']],
  [
    'images and videos, which are not pages',
    `<urlset ${NS}><url><image:image><image:loc>http://no.example/1</image:loc></image:image><image:loc>http://no.example/2</image:loc><loc>http://a.example/</loc>` +
      '<video:video><video:player_loc>http://no.example/3</video:player_loc><loc>http://no.example/4</loc></video:video></url></urlset>',
    ['http://a.example/'],
  ],
  [
    'locations directly in the entry, or in an entry nested in `loc`',
    '<urlset><url>\n http://a.example/?x&amp;y \n</url><url><loc><url><![CDATA[http://b.example/]]></url></loc><lastmod>2020</lastmod></url>' +
      '<url>no.html</url><url>http://c.example/<priority>1</priority><loc>http://d.example/</loc></url></urlset>',
    ['http://a.example/?x&y', 'http://b.example/', 'http://c.example/', 'http://d.example/'],
  ],
  [
    'a last location whose end tag is cut off',
    '<urlset><url><loc>http://a.example/</loc></url><url><loc>http://b.example/</lo',
    ['http://a.example/', 'http://b.example/'],
  ],
  [
    'a last location that is cut off',
    '<urlset><url><loc>http://a.example/</loc></url><url><loc>http://b.example/chap',
    ['http://a.example/'],
  ],
  [
    'a last location that may continue',
    '<urlset><url><loc>http://a.example/</loc></url><url><loc>http://b.example/<![CDATA[c',
    ['http://a.example/'],
  ],
  [
    'relative locations',
    '<urlset><url><loc>/a</loc></url><url><loc>b</loc></url></urlset>',
    ['http://example.com/a', 'http://example.com/dir/b'],
  ],
  [
    'URLs of other schemes and invalid URLs',
    '<urlset><url><loc>ftp://a.example/</loc></url><url><loc>javascript:1</loc></url><url><loc>http://[</loc></url></urlset>',
    [],
  ],
  ['entries without a location', '<urlset><url/><url></url><url><loc/></url><url><loc> </loc></url></urlset>', []],
  [
    'an index with pages',
    '<sitemapindex><sitemap><loc>/s.xml</loc></sitemap><url><loc>/a</loc></url></sitemapindex>',
    ['http://example.com/s.xml', 'http://example.com/a'],
  ],
  ['entries without a urlset', '<url><loc>/a</loc></url><url><loc>/b</loc></url>', ['http://example.com/a', 'http://example.com/b']],
  ['two locations', '<urlset><url><loc>/a</loc><loc>/b</loc></url></urlset>', ['http://example.com/a', 'http://example.com/b']],
  [
    'mismatched tags',
    '<urlset><url><loc>/a</lok></url><url><b><loc>/no</loc></url><url><loc>/b<lastmod>1</url><loc>/no</loc></urlset>',
    ['http://example.com/a', 'http://example.com/b'],
  ],
  ['unclosed entries', '<urlset><url><loc>/a</loc><url><loc>/b</loc><url><loc>/c', ['http://example.com/a', 'http://example.com/b']],
  [
    'unclosed quotes',
    "<urlset><url><loc x=\"1>/a</loc></url><url y='>'><loc>/b</loc></url></urlset>",
    ['http://example.com/a', 'http://example.com/b'],
  ],
  [
    'a declaration without its question mark at the end',
    '<?xml version="1.0"><urlset><url><loc>/a</loc></url></urlset>',
    ['http://example.com/a'],
  ],
  [
    'a warning of a script before the XML',
    '<br />\n<b>Notice</b>: x\n<?xml version="1.0"?><rss><channel><item><link>/a</link></item></channel></rss>',
    ['http://example.com/a'],
  ],
  ['text before the XML', 'Notice: x <urlset ><url><loc>/a</loc></url></urlset>', ['http://example.com/a']],
];

for (const [name, content, urls] of LOCATIONS) {
  test(`reads locations in XML: ${name}`, async () => assert.deepEqual(await urlsOf(content), urls));
}

const FEEDS: ReadonlyArray<readonly [name: string, content: string, urls: readonly string[]]> = [
  [
    'RSS',
    '<rss version="2.0"><channel><link>http://no.example/</link><image><url>http://no.example/i</url><link>http://no.example/l</link></image>' +
      '<item><title>t</title><link>http://a.example/1</link><guid>http://no.example/</guid><atom:link href="http://no.example/" rel="self"/></item>' +
      '<item><guid isPermaLink="true">http://a.example/2</guid></item><item><guid isPermaLink="false">http://no.example/</guid></item></channel></rss>',
    ['http://a.example/1', 'http://a.example/2'],
  ],
  [
    'Atom',
    '<feed xmlns="http://www.w3.org/2005/Atom"><link href="http://no.example/"/><entry><link rel="enclosure" href="http://no.example/"/><link href="http://a.example/?1&amp;2"/></entry>' +
      "<entry><link rel='alternate' href='http://a.example/2'/><content><link href='http://no.example/'/></content></entry></feed>",
    ['http://a.example/?1&2', 'http://a.example/2'],
  ],
  [
    'RDF',
    '<rdf:RDF xmlns:rdf="r"><channel rdf:about="x"><link>http://no.example/</link></channel><item rdf:about="http://a.example/1"><link>http://a.example/1</link></item></rdf:RDF>',
    ['http://a.example/1'],
  ],
];

for (const [name, content, urls] of FEEDS)
  test(`reads the links of a feed: ${name}`, async () => assert.deepEqual(await urlsOf(content), urls));

test('returns lastmod as it is written', async () => {
  const xml = '<urlset><url><lastmod> 2024-01-01\n</lastmod><loc>/a</loc></url><url><loc>/b</loc><lastmod/></url></urlset>';
  assert.deepEqual((await readAll(inPieces(xml))).items, [
    { kind: 'url', url: 'http://example.com/a', lastmod: '2024-01-01' },
    { kind: 'url', url: 'http://example.com/b' },
  ]);
});

test('marks other language versions as alternates, and does not repeat the page itself', async () => {
  const xml =
    '<urlset><url><loc>/en</loc><xhtml:link rel="alternate" hreflang="de" href="/de"/><xhtml:link rel="alternate" hreflang="en" href="http://example.com/en"/>' +
    '<xhtml:link rel="canonical" href="/no"/><xhtml:link hreflang="fr" rel="alternate"/></url></urlset>';
  const { items, end } = await readAll(inPieces(xml));
  assert.deepEqual(items, [
    { kind: 'url', url: 'http://example.com/en' },
    { kind: 'url', url: 'http://example.com/de', alternate: true },
  ]);
  assert.deepEqual(end, { pages: 1, alternates: 1, sitemaps: 0, refused: 0 });
});

test('entities of a DTD are not expanded', async () => {
  const laughs = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
  const xml = `<!DOCTYPE x [<!ENTITY l0 "http://no.example/">${laughs}<!ENTITY f SYSTEM "file:///etc/passwd">]><urlset><url><loc>&l9;</loc></url><url><loc>/a&f;</loc></url></urlset>`;
  assert.deepEqual(await urlsOf(xml), ['http://example.com/a']);
});

test('reads a list of URLs with any line ends, and refuses lines that are not URLs', async () => {
  const text =
    '\ufeffhttp://a.example/1\r\n\r\n# more\n  HTTP://a.example/2  \rexample.com/no\nnot a url\nftp://a.example/\nhttp://a.example/\u00e9';
  assert.deepEqual(await urlsOf(text), ['http://a.example/1', 'http://a.example/2', 'http://a.example/%C3%A9']);
  assert.equal((await endOf(text)).refused, 3);
});

test('detects the encoding by byte order mark or declaration, or falls back to UTF-8', async () => {
  const xml = (encoding: string) => `<?xml version='1.0' encoding='${encoding}'?><urlset><url><loc>/\u00e9</loc></url></urlset>`;
  const wide = Buffer.from(`\ufeff${xml('UTF-16')}`, 'utf16le');
  const bodies = [
    Buffer.from(xml('UTF-8')),
    Buffer.from(`\ufeff${xml('utf-8')}`),
    Buffer.from(xml('iso-8859-1'), 'latin1'),
    Buffer.from(xml('no-such-encoding')),
    Buffer.from(xml('UTF-16')),
    wide,
    wide.subarray(2),
    Buffer.from(wide).swap16(),
    Buffer.from(wide).swap16().subarray(2),
  ];
  for (const body of bodies) assert.deepEqual(await urlsOf(body), ['http://example.com/%C3%A9'], body.toString('latin1'));
});

test('reads several gzip members as one file, and ignores bytes after the last', async () => {
  const xml = '<urlset><url><loc>/a</loc></url><url><loc>/b</loc></url></urlset>';
  const urls = ['http://example.com/a', 'http://example.com/b'];
  const members = Buffer.concat([gzipSync(xml.slice(0, 40)), gzipSync(xml.slice(40))]);
  // A header with all optional fields: extra, name, comment, checksum.
  const plain = gzipSync(xml);
  const fields = Buffer.from('\x02\0ab' + 'name\0' + 'comment\0' + '\0\0', 'latin1');
  const decorated = Buffer.concat([plain.subarray(0, 3), Buffer.from([0x1e]), plain.subarray(4, 10), fields, plain.subarray(10)]);
  for (const trailing of ['', '\0\0\0', 'garbage\n', '\x1f', '\x1f\x8b', `\x1f\x8b\x08\0\0\0\0\0\0\x03${'\xff'.repeat(50)}`]) {
    for (const file of [plain, members, decorated]) {
      for (const bytes of [1, 7, Number.POSITIVE_INFINITY]) {
        const { items, end } = await readAll(inPieces(Buffer.concat([file, Buffer.from(trailing, 'latin1')]), bytes));
        assert.deepEqual([items.map(({ url }) => url), end.problem], [urls, undefined], `${JSON.stringify(trailing)} by ${bytes}`);
      }
    }
  }
});

test('decompresses gzip once or twice, whatever it is called', async () => {
  const zipped = gzipSync('<urlset><url><loc>/a</loc></url></urlset>');
  assert.deepEqual(await urlsOf(zipped), ['http://example.com/a']);
  assert.deepEqual(await urlsOf(gzipSync(zipped)), ['http://example.com/a']);
  assert.deepEqual(await urlsOf(gzipSync('http://a.example/\n')), ['http://a.example/']);
});

const PROBLEMS: ReadonlyArray<readonly [name: string, content: string | Uint8Array, problem: SitemapEnd['problem'], pages: number]> = [
  ['an empty body', '', 'empty', 0],
  ['an HTML page', '<!DOCTYPE html>\n<html lang="en"><body><url><loc>/a</loc></url></body></html>', 'html', 0],
  ['XHTML', '<?xml version="1.0"?><html xmlns="x"></html>', 'html', 0],
  ['other XML', '<error>no</error>', 'not-a-sitemap', 0],
  ['other text', '{"error": "no"}', 'not-a-sitemap', 0],
  ['a sitemap without pages', '<urlset></urlset>', undefined, 0],
  ['an empty index', '<sitemapindex/>', undefined, 0],
  ['XML that ends in an entry', '<urlset><url><loc>/a</loc></url><url><loc>/b</loc><lastm', 'cut-short', 2],
  ['XML that ends in a location', '<urlset><url><loc>/a</loc></url><url><loc>/cut-off', 'cut-short', 1],
  ['gzip that ends early', gzipSync(`<urlset>${'<url><loc>/a</loc></url>'.repeat(9)}`).subarray(0, -9), 'cut-short', 9],
  ['broken gzip', Buffer.from([0x1f, 0x8b, 0x08, 0xff, 0xff, 0xff]), 'bad-gzip', 0],
];

for (const [name, content, problem, pages] of PROBLEMS) {
  test(`reports how it ended: ${name}`, async () => {
    const end = await endOf(content);
    assert.equal(end.problem, problem);
    if (name !== 'gzip that ends early') assert.equal(end.pages, pages);
    else assert.ok(end.pages > 0 && end.pages <= pages);
  });
}

test('counts what it refuses', async () => {
  assert.equal((await endOf('<urlset><url><loc>ftp://a.example/</loc></url><url/><url><loc>/a</loc></url></urlset>')).refused, 2);
  assert.equal((await endOf(`<urlset><url><loc>/${'a'.repeat(20_000)}</loc></url></urlset>`)).refused, 1);
});

test('stops at its limits and reports that, keeping the items before', async () => {
  const entries = (count: number) => `<urlset>${'<url><loc>/a</loc></url>'.repeat(count)}</urlset>`;
  const few = { maxBytes: 300_000, maxUrls: 10 };
  const exact = await readAll(inPieces(entries(10)), undefined, few);
  assert.deepEqual([exact.items.length, exact.end.problem], [10, undefined]);
  const more = await readAll(inPieces(entries(11)), undefined, few);
  assert.deepEqual([more.items.length, more.end.problem], [10, 'too-many']);
  const small = await readAll(inPieces(gzipSync(entries(100))), undefined, { maxBytes: 500, maxUrls: 1_000 });
  assert.deepEqual([small.items.length, small.end.problem], [20, 'too-large']);
});

test('releases a body that it does not read to the end', async () => {
  let released = false;
  async function* body() {
    try {
      for (;;) yield Buffer.from('http://a.example/\n');
    } finally {
      released = true;
    }
  }
  assert.equal((await readAll(body(), undefined, { maxBytes: 1_000, maxUrls: 10 })).items.length, 10);
  assert.equal(released, true);
});

test('rejects if the body fails, compressed or not', async () => {
  async function* breaking(content: Uint8Array) {
    yield content;
    throw new Error('reset');
  }
  for (const content of [Buffer.from('http://a.example/\n'), gzipSync('http://a.example/\n'.repeat(10_000))]) {
    await assert.rejects(readAll(breaking(content)), /^Error: reset$/);
  }
  const reading = readSitemap(breaking(Buffer.from('http://a.example/\n')), 'http://example.com/sitemap.txt');
  assert.deepEqual(await reading.next(), { done: false, value: { kind: 'url', url: 'http://a.example/' } });
});

const ENDLESS: readonly (readonly [head: string, unit: string])[] = [
  ['', 'x'],
  ['<urlset><!--', '- '],
  ['<urlset><url><loc><![CDATA[', ' ]]'],
  ['<urlset><url><loc>', 'http://a.example/'],
  ['<urlset><url><loc>', '&'],
  ['<urlset><url ', 'a="'],
  ['<urlset><url>', '<a>'],
  ['<!DOCTYPE x [', '[]'],
];

test('endless constructs take little memory and linear time', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const heldBytes = () => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const bytes = 2_000_000;
  let held = 0;
  async function* body(head: string, unit: string) {
    const before = heldBytes();
    yield Buffer.from(head);
    const piece = Buffer.from(unit.repeat(Math.ceil(60_000 / unit.length)));
    for (let sent = 0; sent + piece.length < bytes; sent += piece.length) yield piece;
    held = heldBytes() - before;
  }
  for (const [head, unit] of ENDLESS) {
    const { items } = await readAll(body(head, unit), undefined, { maxBytes: bytes, maxUrls: 10 });
    assert.ok(items.length <= 1, unit);
    assert.ok(held < bytes / 4, `${held} bytes of ${head}${unit}`);
  }
});

/** Gzip that can be continued forever and decompresses to nothing. */
const EMPTY_GZIP: readonly (readonly [name: string, head: Buffer, unit: Buffer])[] = [
  ['endless empty members', Buffer.alloc(0), gzipSync('')],
  ['endless empty blocks', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), Buffer.from([0, 0, 0, 0xff, 0xff])],
  ['an endless file name', Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]), Buffer.from('x')],
];

for (const [name, head, unit] of EMPTY_GZIP) {
  test(`stops reading gzip with ${name}`, async () => {
    const limits = { maxBytes: 300_000, maxUrls: 10 };
    const piece = Buffer.concat(new Array(Math.ceil(10_000 / unit.length)).fill(unit));
    async function* body() {
      yield head;
      for (let sent = 0; sent < 10 * limits.maxBytes; sent += piece.length) yield piece;
      throw new Error('read to the end');
    }
    const { items, end } = await readAll(body(), undefined, limits);
    assert.deepEqual(items, []);
    assert.match(String(end.problem), /^(?:bad-gzip|too-large)$/);
  });
}
