import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read, shown } from './read-document.ts';

/** The name of a case, its markup, and its links, with a `+` before those to resources. */
const CASES: ReadonlyArray<readonly [name: string, markup: string, links: string[]]> = [
  ['an image', '<img src=a.png>', ['+/dir/a.png']],
  [
    'an image with a srcset',
    '<img src=a.png srcset="b.png 2x, c,d.png 3x,e.png">',
    ['+/dir/a.png', '+/dir/b.png', '+/dir/c,d.png', '+/dir/e.png'],
  ],
  ['an <image> in HTML', '<image src=a.png>', ['+/dir/a.png']],
  ['a picture', '<picture><source srcset="a.webp, b.webp 2x"><img src=c.png></picture>', ['+/dir/a.webp', '+/dir/b.webp', '+/dir/c.png']],
  [
    'images of previews elsewhere',
    '<meta property="og:image" content=a><meta property="og:image:secure_url" content=b><meta name="twitter:image" content=c><meta name="og:image" content=d><meta property="og:title" content=no><meta name="twitter:card" content=no><meta property="og:image:width" content="12">',
    ['+/dir/a', '+/dir/b', '+/dir/c', '+/dir/d'],
  ],
  [
    'a style sheet that is disabled',
    '<link rel=stylesheet href=a disabled><link rel="alternate stylesheet" href=b disabled=""><link rel=icon href=c disabled>',
    ['+/dir/c'],
  ],
  ['a script', '<script src=a.js></script><script type=module src="b.js?x&amp;y">', ['+/dir/a.js', '+/dir/b.js?x&y']],
  [
    'link elements',
    '<link rel=stylesheet href=a><link rel="SHORTCUT icon" href=b><link rel=preload href=c><link rel=modulepreload href=d><link rel=manifest href=e><link rel=apple-touch-icon href=f><link rel="alternate stylesheet" href=g>',
    ['+/dir/a', '+/dir/b', '+/dir/c', '+/dir/d', '+/dir/e', '+/dir/f', '+/dir/g'],
  ],
  [
    'a preloaded set of images',
    '<link rel=preload as=image imagesrcset="a 1x, b 2x"><link rel=preload href=c imagesrcset=d>',
    ['+/dir/a', '+/dir/b', '+/dir/c', '+/dir/d'],
  ],
  ['relations that name no document', '<link rel=preconnect href=//h><link rel="dns-prefetch" href=//h><link rel=pingback href=/x>', []],
  ['a video', '<video src=a poster=b><source src=c><track src=d></video>', ['+/dir/b', '+/dir/a', '+/dir/c', '+/dir/d']],
  ['an audio', '<audio src=a><source src=b></audio>', ['+/dir/a', '+/dir/b']],
  ['an embed and an object', '<embed src=a><object data=b></object>', ['+/dir/a', '+/dir/b']],
  ['an input that is an image', '<input type=IMAGE src=a><input type=text src=no><input src=no>', ['+/dir/a']],
  [
    'old backgrounds',
    '<body background=a><table background=b><tr background=c><th background=d><td background=e>',
    ['+/dir/a', '+/dir/b', '+/dir/c', '+/dir/d', '+/dir/e'],
  ],
  [
    'images in SVG',
    '<svg><image href=a /><image xlink:href=b /><use href="c.svg#x"/><use href="#x"/><use xlink:href="d.svg#y"/><feImage href=e /><script href=f></script></svg>',
    ['+/dir/a', '+/dir/b', '+/dir/c.svg#x', '+/dir/d.svg#y', '+/dir/e', '+/dir/f'],
  ],
  ['a style', '<style>@import "a.css"; p { background: url(b.png) }</style>', ['+/dir/a.css', '+/dir/b.png']],
  ['a style without end', '<style>p { background: url(a.png) }', ['+/dir/a.png']],
  ['a style whose text looks like character references', '<style>p { background: url(a?b&amp;c) }</style>', ['+/dir/a?b&amp;c']],
  ['a style attribute', '<p style="background: url(&quot;a.png&quot;)">', ['+/dir/a.png']],
  [
    'a style attribute on an element with links',
    '<a href=a style="background: url(b)"><img style="background:url(c)" src=d>',
    ['+/dir/b', '/dir/a', '+/dir/c', '+/dir/d'],
  ],
  ['styles that refer to the document itself', '<p style="fill: url(#g)"><style>p { filter: url("#f") }</style>', []],
  ['a style in SVG', '<svg><style>p { fill: url(a.svg#x) }</style></svg>', ['+/dir/a.svg#x']],
  [
    'empty references',
    '<img src=""><img src=" " srcset=","><script src></script><link rel=icon href=""><video poster=""><object data="">',
    [],
  ],
  ['white space around', '<img src="\n a.png ">', ['+/dir/a.png']],
  ['the attributes of lazy images, which are not standardised', '<img data-src=a.png data-srcset="b 1x">', []],
  ['a base', '<img src=a><base href=/x/><style>p { background: url(b) }</style>', ['+/x/a', '+/x/b']],
  ['a page that is an image elsewhere', '<img src=a><a href=a>', ['/dir/a']],
  ['a document in an iframe', '<iframe srcdoc="<img src=a><style>p{background:url(b)}</style>"></iframe>', ['+/dir/a', '+/dir/b']],
  [
    'letters beyond ASCII in a style',
    '<style>p { background: url("ü.png") }</style><img srcset="é 1x">',
    ['+/dir/%C3%BC.png', '+/dir/%C3%A9'],
  ],
];

for (const [name, markup, links] of CASES)
  test(`finds resources: ${name}`, async () => assert.deepEqual(shown(await read(markup, { resources: true })), links));

test('finds no resources unless asked to, and does not count their schemes', async () => {
  const everything = CASES.map(([, markup]) => markup.replaceAll(/<a [^>]*>/g, '')).join('</style></script></svg>');
  const { links, otherSchemes } = await read(`<img src="data:,x">${everything}`);
  assert.deepEqual([links, otherSchemes], [[], 0]);
});

test('reads a style sheet by its Content-Type', async () => {
  const links = await read('@import "a.css"; p { background: url(ü.png) } q { fill: url(#x) }', {
    contentType: 'text/css',
    resources: true,
  });
  assert.deepEqual(shown(links), ['+/dir/a.css', '+/dir/%C3%BC.png']);
  assert.deepEqual(shown(await read('@import "a.css"', { contentType: 'text/css' })), []);
});
