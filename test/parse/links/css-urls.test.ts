import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cssUrls } from '../../../src/parse/links/css-urls.ts';

const urlsOf = (css: string) => [...cssUrls(css)].filter((url) => url !== '');

const CASES: ReadonlyArray<readonly [css: string, urls: string[]]> = [
  ['', []],
  ['url(a)', ['a']],
  ['URL(  a\n)', ['a']],
  ['url("a b")', ['a b']],
  ["url( 'a)b' )", ['a)b']],
  ['url(a', ['a']],
  ['url("a', ['a']],
  ['url()url("")', []],
  ['url(a)url(b),url(c)', ['a', 'b', 'c']],
  ['url(a b) url(c)', ['c']],
  ['url(a"b) url(c)', ['c']],
  ['url(a(b) url(c)', ['c']],
  ['url(a\\)b\\ c)', ['a)b c']],
  ['url(a\\29 b\\000020c)', ['a)b c']],
  ['url("a\\"b\\\nc\\41 ")', ['a"bcA']],
  ['url("\\0\\d800\\110000 ")', ['\ufffd\ufffd\ufffd']],
  ['url("a\n) url(c)', ['c']],
  ['url("a" x) url(b)', ['a', 'b']],
  ['url(/* no comment */a)', []],
  ['url(//h/a)', ['//h/a']],
  ['curl(a) -url(b) my-url(c) url (d) éurl(e) \\url(f)', []],
  ['a/**/url(b)', ['b']],
  ['/* url(a) */ url(b) /* url(c)', ['b']],
  ['/*/ url(a) /**/ url(b)', ['b']],
  ['"url(a)" \'url(b)\' "\\"url(c)" url(d)', ['d']],
  ['content: "\\" url(a)', []],
  ['content: "x\n; url(a)', ['a']],
  ['a\\"b url(c)', ['c']],
  ['@import "a.css";', ['a.css']],
  ["@IMPORT/**/'a.css' screen;", ['a.css']],
  ['@import url(a.css);@import url("b.css")', ['a.css', 'b.css']],
  ['@import a "b"', []],
  ['@imported "a"; @import-x "b"', []],
  ['@charset "utf-8"; url(a)', ['a']],
  ['@namespace "http://no";@namespace svg url(http://no);@namespace x url("http://no;");url(a)', ['a']],
  ['@namespace x; url(a)', ['a']],
  ['image-set("a.png" 1x, url(b.png) 2x, "c.avif" type("image/avif"))', ['a.png', 'b.png', 'c.avif']],
  ['-webkit-image-set("a" 1x) "no"', ['a']],
  ['image-set(linear-gradient("no"), "a") x("no")', ['a']],
  ['my-image-set("no")', []],
  ['font: format("woff2") src: url(a.woff) format("woff")', ['a.woff']],
  ['url(data:image/svg+xml;utf8,<svg></svg>)', ['data:image/svg+xml;utf8,<svg></svg>']],
  ['<!-- p { background: url(a) } -->', ['a']],
  ['\\', []],
  ['url(\\', []],
];

for (const [css, urls] of CASES) test(`finds the URLs of ${JSON.stringify(css)}`, () => assert.deepEqual(urlsOf(css), urls));

const CORPUS = new URL('../../../../shared/corpora/css-urls-lychee.json', import.meta.url);
const skip = existsSync(CORPUS) ? false : 'the corpus is not here';
test('passes the cases of lychee, except that a namespace is not a link', { skip }, () => {
  const { cases } = JSON.parse(readFileSync(CORPUS, 'utf8')) as { cases: Array<{ id: string; css: string; urls: string[] }> };
  assert.ok(cases.length > 20);
  for (const { id, css, urls } of cases) assert.deepEqual(urlsOf(css), css.startsWith('@namespace') ? [] : urls, id);
});
