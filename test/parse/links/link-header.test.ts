import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerLinks } from '../../../src/parse/links/found-links.ts';
import { read, shown } from './read-document.ts';

const CASES: ReadonlyArray<readonly [value: string, links: Array<readonly [target: string, ...relations: string[]]>]> = [
  ['<a>; rel=next', [['a', 'next']]],
  ['<a>; rel="NEXT Prev"', [['a', 'next', 'prev']]],
  [
    '<a>;rel=next,<b>;rel=prev',
    [
      ['a', 'next'],
      ['b', 'prev'],
    ],
  ],
  ['<a,b;c>; title="x, <y>; rel=z"; rel=next', [['a,b;c', 'next']]],
  ['<a>; title="x\\"y, <b>"; REL = "next"', [['a', 'next']]],
  ['<a>; rel=next; rel=prev', [['a', 'next']]],
  ['<a>; nopush; rel=preload; as=style', [['a', 'preload']]],
  ['<a>', [['a', '']]],
  ['<>; rel=next', [['', 'next']]],
  [' , ,<a>;rel=next, ,', [['a', 'next']]],
  [
    '<a>; rel=next; , <b>; rel=prev',
    [
      ['a', 'next'],
      ['b', 'prev'],
    ],
  ],
  [
    '<a> x, <b>; rel=next',
    [
      ['a', ''],
      ['b', 'next'],
    ],
  ],
  ['a; rel=next', []],
  ['<a', []],
  ['', []],
  ['<a>; rel="next', [['a', 'next']]],
];

for (const [value, links] of CASES)
  test(`parses the header Link: ${value}`, () =>
    assert.deepEqual(
      headerLinks(value).map(({ target, relations }) => [target, ...relations]),
      links,
    ));

test('links of headers come first, are relative to the response, and are found for any type of document', async () => {
  const linkHeaders = [
    '<a>; rel="next", <s.css>; rel=preload; as=style',
    '</c>; rel=canonical, <//h.test>; rel=preconnect, <mailto:x>; rel=author, <http://[>; rel=prev',
  ];
  const html = await read('<base href=/x/><a href=a><a href=/dir/a>', { linkHeaders, resources: true });
  assert.deepEqual(shown(html), ['/dir/a', '+/dir/s.css', '/c', '/x/a']);
  assert.deepEqual([html.otherSchemes, html.unreadable], [1, [{ written: 'http://[', isTooLong: false }]]);
  const other = await read('<a href=x>', { linkHeaders, contentType: 'application/pdf' });
  assert.deepEqual(shown(other), ['/dir/a', '/c']);
});

test('a Refresh header is a link like a <meta> refresh', async () => {
  const reading = { refreshHeaders: ['0; url=next', '5', '0;URL="http://h.test/x"'], contentType: 'text/plain' };
  assert.deepEqual(shown(await read('', reading)), ['/dir/next', 'http://h.test/x']);
});
