import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentKind } from '../../../src/producer/documents/document-kind.ts';
import { type DocumentContent, readDocument } from '../../../src/producer/documents/read-document.ts';

function read(text: string | Uint8Array, name = 'a.md'): Promise<DocumentContent> {
  return readDocument(typeof text === 'string' ? Buffer.from(text) : text, {
    name,
    kind: documentKind(name) ?? 'css',
    path: `/docs/${name}`,
  });
}

/** Each as `line: destination`. */
async function linksOf(text: string | Uint8Array, name?: string): Promise<string[]> {
  return (await read(text, name)).links.map(({ href, line }) => `${line}: ${href.replace(/^https:.*@disk\/docs\//, '')}`);
}

test('UTF-16 is read if a byte order mark says so', async () => {
  const wide = Buffer.from('\ufeff# \u00fc\n\n[a](b)\n\n<a href="c">', 'utf16le');
  assert.deepEqual(await linksOf(wide), ['3: b', '5: c']);
  assert.deepEqual(await linksOf(Buffer.from(wide).swap16()), ['3: b', '5: c']);
  assert.deepEqual(await linksOf(wide, 'a.html'), ['5: c']);
  assert.deepEqual([...(await read(wide)).anchors], ['\u00fc']);
});

test('a NUL in text is replaced; a file that is not text is refused', async () => {
  assert.deepEqual(await linksOf(`[a](b)\0${'text '.repeat(100)}`), ['1: b']);
  const binary = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff]), Buffer.from('[a](b)'.repeat(50))]);
  for (const name of ['a.md', 'a.html']) {
    await assert.rejects(read(binary, name), { name: 'UsageError', message: `${name} is not text: it contains NUL bytes` });
    await assert.rejects(read('[\0a\0]\0', name), /is not text/);
  }
});

test('a file that is not valid MDX is read as Markdown, and a note says so', async () => {
  const { links, note } = await read('<div>\n\n[a](b)', 'a.mdx');
  assert.deepEqual(
    links.map(({ href }) => href),
    ['b'],
  );
  assert.match(note ?? '', /^a\.mdx is read as Markdown: it is not valid MDX: .*<div>. \(1:1/);
  assert.equal((await read('<div>[a](b)</div>', 'a.mdx')).note, undefined);
});

const MARKS: readonly (readonly [name: string, text: string, links: readonly string[], file?: string])[] = [
  ['a line', '[a](b) <!-- trawl-ignore -->\n[c](d)', ['2: d']],
  ['the line below', '<!-- trawl-ignore -->\n[a](b)\n[c](d)', ['3: d']],
  ['the line below, in a quote', '> <!-- trawl-ignore -->\n> [a](b)\n> [c](d)', ['3: d']],
  ['the line, with an explicit mark', '<!-- trawl-ignore-line --> [a](b)\n[c](d)', ['2: d']],
  ['the next line, from a line of text', 'text <!-- trawl-ignore-next-line --> [a](b)\n[c](d)', ['1: b']],
  ['a part', '[a](b)\n\n<!-- trawl-ignore-start -->\n\n[c](d)\n<img src="e">\n\n<!-- trawl-ignore-end -->\n\n[f](g)', ['1: b', '10: g']],
  ['to the end', '[a](b)\n\n<!-- trawl-ignore-start -->\n\n[c](d)', ['1: b']],
  ['a file', '[a](b)\n\n<!-- trawl-ignore-file -->', []],
  [
    'marks of markdown-link-check',
    '<!-- markdown-link-check-disable -->\n[a](b)\n<!-- markdown-link-check-enable -->\n[c](d)\n<!-- markdown-link-check-disable-next-line -->\n[e](f)\n[g](h) <!-- markdown-link-check-disable-line -->',
    ['4: d'],
  ],
  ['not in code', '`<!-- trawl-ignore-file -->` [a](b)\n\n```\n<!-- trawl-ignore-file -->\n```', ['1: b']],
  ['a link that occurs elsewhere too', '<a href="b"> <!-- trawl-ignore -->\n<a href="b">', ['2: b']],
  [
    'in HTML',
    '<!-- trawl-ignore -->\n<a href="a">\n<a href="a"> <a href="b">\n<!-- trawl-ignore-start -->\n<a href="c">',
    ['3: a', '3: b'],
    'a.html',
  ],
  ['in MDX', '{/* trawl-ignore */}\n[a](b)\n\n[c](d)', ['4: d'], 'a.mdx'],
  ['an element of HTML', '<a href="a" data-proofer-ignore>x</a> <img src="b" data-proofer-ignore> <a href="c">', ['1: c'], 'a.html'],
  [
    'everything in an element',
    '<div data-proofer-ignore>\n<div><a href="a"></div>\n<a href="b">\n</div>\n<a href="a">',
    ['5: a'],
    'a.html',
  ],
];
for (const [name, text, links, file] of MARKS)
  test(`marked to be ignored: ${name}`, async () => assert.deepEqual(await linksOf(text, file), links));

test('lines: of URLs in style sheets, and of invalid URLs in HTML, also inside Markdown', async () => {
  const html = '<style>\na { background: url(a) }\n\n@import "b";\n</style>\n<a\nhref="http://[">\n<img src="c">';
  assert.deepEqual(await linksOf(html, 'a.html'), ['2: a', '4: b', '8: c', '6: http://[']);
  assert.deepEqual(await linksOf(`# T\n\n<div>\n<a href="http://[">\n</div>\n\n[a](b)`), ['4: http://[', '7: b']);
  assert.deepEqual(await linksOf('@import "a";\n\nb { background: url(c), url("http://[") }', 'a.css'), ['1: a', '3: c', '3: http://[']);
});
