import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read, shown } from './read-document.ts';

const RSS = 'application/rss+xml';
const ATOM = 'application/atom+xml; charset=utf-8';
const SVG = 'image/svg+xml';
const XHTML = 'application/xhtml+xml';
const XML = 'text/xml';

const CASES: ReadonlyArray<readonly [name: string, type: string, markup: string, links: string[]]> = [
  [
    'RSS',
    RSS,
    `<?xml version="1.0"?><rss version="2.0"><channel><title>&lt;a href=no&gt;</title><link>http://site.test/</link><image><url>/i.png</url><link>/</link></image>
     <item><link>/1?a&amp;b</link><guid>http://site.test/g1</guid><comments>/1#c</comments><enclosure url="/1.mp3" type="audio/mpeg"/></item>
     <item><link><![CDATA[ /2?a&b ]]></link><guid isPermaLink="false">http://site.test/no</guid></item>
     <item><guid>tag:no</guid><guid>1234</guid><link/><link></link></item></channel></rss>`,
    ['/', '+/i.png', '/1?a&b', '/g1', '/1#c', '+/1.mp3', '/2?a&b'],
  ],
  [
    'Media RSS and an Atom link in RSS',
    RSS,
    '<rss><channel><atom:link href="/feed" rel="self"/><atom:link rel="hub" href="/hub"/><item><media:content url="a.jpg"/><media:thumbnail url="b.jpg"/><itunes:image href="c.jpg"/></item></channel></rss>',
    ['/feed', '+/dir/a.jpg', '+/dir/b.jpg', '+/dir/c.jpg'],
  ],
  ['RSS 1.0', 'application/rdf+xml', '<rdf:RDF><item rdf:about="/no"><title>x</title><link>/a</link></item></rdf:RDF>', ['/a']],
  [
    'HTML in RSS, which is text',
    RSS,
    '<rss><item><description>&lt;a href="/no"&gt;</description><content:encoded><![CDATA[<a href="/no">]]></content:encoded><link>/a</link></item></rss>',
    ['/a'],
  ],
  [
    'Atom',
    ATOM,
    `<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="/feed"/><link href="/"/><icon>/i.ico</icon><logo>/l.png</logo><id>tag:no</id>
     <entry><link rel="alternate" href="a.html"/><link rel="enclosure" href="a.mp3"/><link rel="edit" href="/edit"/><link rel="http://www.iana.org/assignments/relation/related" href="r"/>
     <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><a href="x.html">x</a><img src="x.png"/></div></content></entry><entry><content src="c.html"/></entry></feed>`,
    ['/feed', '/', '+/i.ico', '+/l.png', '/dir/a.html', '+/dir/a.mp3', '/dir/r', '/dir/x.html', '+/dir/x.png', '/dir/c.html'],
  ],
  [
    'Atom with bases',
    ATOM,
    `<feed xml:base="http://other.test/x/"><link href="1"/><entry xml:base="y/"><link href="2"/><link xml:base="z/" href="3"/><link href="4"/></entry><link href="5"/>
     <entry xml:base="/w/"><icon>6</icon></entry></feed>`,
    [
      'http://other.test/x/1',
      'http://other.test/x/y/2',
      'http://other.test/x/y/z/3',
      'http://other.test/x/y/4',
      'http://other.test/x/5',
      '+http://other.test/w/6',
    ],
  ],
  ['an invalid base URL', ATOM, '<feed xml:base="http://["><link href="a"/></feed>', ['/dir/a']],
  [
    'the same reference under two bases',
    ATOM,
    '<feed><entry xml:base="/x/"><link href="a"/></entry><entry xml:base="/y/"><link href="a"/></entry></feed>',
    ['/x/a', '/y/a'],
  ],
  [
    'SVG',
    SVG,
    `<?xml version="1.0"?><?xml-stylesheet type="text/css" href="s.css?a&amp;b"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
     <svg xmlns="http://www.w3.org/2000/svg"><a href="a.html"/><a xlink:href="b.html"/><image href="c.png"/><image xlink:href="d.png"/><use href="e.svg#x"/><use xlink:href="#x"/>
     <linearGradient xlink:href="#g"/><pattern xlink:href="p.svg#g"/><style><![CDATA[ p { fill: url(f.svg#x) } ]]></style><style>q { fill: url(g.svg?a&amp;b) }</style>
     <script href="h.js"/><a href="i.html"/><rect style="fill: url(j.svg#x)"/></svg>`,
    [
      '+/dir/s.css?a&b',
      '/dir/a.html',
      '/dir/b.html',
      '+/dir/c.png',
      '+/dir/d.png',
      '+/dir/e.svg#x',
      '+/dir/p.svg#g',
      '+/dir/f.svg#x',
      '+/dir/g.svg?a&b',
      '+/dir/h.js',
      '/dir/i.html',
      '+/dir/j.svg#x',
    ],
  ],
  [
    'XHTML',
    XHTML,
    `<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><base href="/x/"/><link rel="next" href="n"/><script src="s.js"/><meta http-equiv="refresh" content="0;url=r"/></head>
     <body><!-- <a href="no"/> --><a href="a&amp;b&#x63;">x</a><![CDATA[<a href="no">]]><h:a href="d"/><textarea/><a href="e"/></body></html>`,
    ['/x/n', '+/x/s.js', '/x/r', '/x/a&bc', '/x/d', '/x/e'],
  ],
  [
    'other XML',
    XML,
    '<book xmlns:xlink="http://www.w3.org/1999/xlink"><link xlink:href="a"/><img xlink:href="b" xlink:show="embed"/><xref xlink:href="#c"/></book>',
    ['/dir/a', '+/dir/b', '/dir/page.html#c'],
  ],
  ['a doctype with declarations', XML, '<!DOCTYPE a [ <!ENTITY x "<a href=\'no\'>"> <!ELEMENT a ANY> ]><a href="b"/>', ['/dir/b']],
  ['broken XML', XML, '<a href="1"><b></c></a></a></a><a href=2 <a href="3"/><a href="4', ['/dir/1', '/dir/2']],
  ['non-ASCII names', XML, '<é xlink:href="a"/><_b xlink:href="b"/>', ['/dir/a', '/dir/b']],
  ['a comment that ends in XML only at -->', XML, '<x><!--> <a href="no"/> --!> <a href="no"/> --><a href="a"/></x>', ['/dir/a']],
  [
    'a style sheet in the document itself',
    XML,
    '<?xml-stylesheet href="#s"?><?xml-stylesheet href=\'a.xsl\'?><?other href="no"?><a/>',
    ['+/dir/a.xsl'],
  ],
];

for (const [name, contentType, markup, links] of CASES)
  test(`finds links: ${name}`, async () => assert.deepEqual(shown(await read(markup, { contentType, resources: true })), links));

test('collects anchors of XHTML, but not of other XML', async () => {
  const markup = '<x id="a"><y xml:id="b"/><a name="c"/><z name="no"/></x>';
  const xhtml = await read(markup, { contentType: 'Application/XHTML+xml; charset=utf-8', anchors: true });
  assert.deepEqual(xhtml.anchors, ['a', 'b', 'c']);
  assert.equal((await read(markup, { contentType: XML, anchors: true })).anchors, undefined);
});

test('records lines in XML', async () => {
  const { links } = await read('<rss>\n<item>\n<link>\n/a\n</link></item>\n<enclosure url="/b"/></rss>', {
    contentType: RSS,
    resources: true,
    lines: true,
  });
  assert.deepEqual(
    links.map(({ line }) => line),
    [3, 6],
  );
});

test('limits the nesting of bases', async () => {
  const { links } = await read(`${'<a xml:base="x/" href="y">'.repeat(10_000)}`, { contentType: XML });
  assert.equal(links.length, 64);
});
