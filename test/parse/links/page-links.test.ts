import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read, shown } from './read-document.ts';

/** The name of a case, its markup, and the pages that it links to. */
const CASES: ReadonlyArray<readonly [name: string, markup: string, links: string[]]> = [
  // Elements
  ['a', '<a href="a.html">x</a>', ['/dir/a.html']],
  ['area', '<map><area href="a.html"></map>', ['/dir/a.html']],
  ['a frame', '<frameset><frame src="a.html"></frameset>', ['/dir/a.html']],
  ['an iframe', '<iframe src="a.html"></iframe>', ['/dir/a.html']],
  ['an iframe with an empty src', '<iframe src=""></iframe><frame src=" ">', []],
  ['an iframe with a document in it', '<iframe srcdoc="<a href=&quot;a.html&quot;>x</a>"></iframe>', ['/dir/a.html']],
  [
    'iframes in iframes',
    `<iframe srcdoc="<iframe srcdoc='<a href=a.html>'></iframe><a href=b.html>"></iframe>`,
    ['/dir/a.html', '/dir/b.html'],
  ],
  ['the fallback content of an iframe', '<iframe src=a><a href=no></iframe><a href=b>', ['/dir/a', '/dir/b']],
  [
    'the relations of a link element',
    '<link rel=canonical href=c><link rel="alternate nofollow" href=a><link rel=NEXT href=n><link rel=prev href=p>',
    ['/dir/c', '/dir/a', '/dir/n', '/dir/p'],
  ],
  [
    'link elements that lead to no page',
    '<link rel=stylesheet href=s><link rel=preconnect href=//h><link rel=dns-prefetch href=//h><link href=x>',
    [],
  ],
  ['an alternate style sheet', '<link rel="alternate stylesheet" href=s>', []],
  ['a link element with an empty href', '<link rel=next href="">', []],
  ['a refresh', '<meta http-equiv="Refresh" content="0;URL=a.html">', ['/dir/a.html']],
  ['a refresh to nowhere', '<meta http-equiv=refresh content=5><meta http-equiv=refresh content="x;url=a">', []],
  ['a meta of another kind', '<meta name=refresh content="0;url=a"><meta http-equiv=content-type content="0;url=a">', []],
  [
    'URLs that are not links',
    '<form action=a></form><q cite=b></q><del cite=c></del><blockquote cite=d></blockquote><button formaction=e>',
    [],
  ],
  [
    'an a of inline SVG',
    '<svg><a href="a.svg"/><a xlink:href="b.svg"/><a href="c.svg" xlink:href="no"/></svg>',
    ['/dir/a.svg', '/dir/b.svg', '/dir/c.svg'],
  ],
  ['a quote where the name of an attribute begins', '<p ="><a href=a>"><a href=b>', ['/dir/a', '/dir/b']],
  ['a link in the value of an attribute', '<p title="<a href=no>"><a href=b></p title="<a href=no>">', ['/dir/b']],
  ['an a without href', '<a name=x>x</a><a>y</a>', []],
  ['a template', '<template><a href=a></template>', ['/dir/a']],
  [
    'noscript, as scripts are not run',
    '<noscript><a href=a></noscript><head><noscript><link rel=next href=b></noscript>',
    ['/dir/a', '/dir/b'],
  ],

  // References
  ['an empty href', '<a href="">x</a>', ['/dir/page.html']],
  ['an href without a value', '<a href>x</a>', ['/dir/page.html']],
  ['a fragment', '<a href="#part">x</a>', ['/dir/page.html#part']],
  ['a query', '<a href="?page=2">x</a>', ['/dir/page.html?page=2']],
  ['from the root', '<a href="/a">x</a>', ['/a']],
  ['without a scheme', '<a href="//other.test/a">x</a>', ['http://other.test/a']],
  ['absolute', '<a href="HTTPS://Other.test:443/a/../b">x</a>', ['https://other.test/b']],
  ['dots', '<a href=../a><a href=./b><a href=../../../c><a href=..><a href=../../><a href=.>', ['/a', '/dir/b', '/c', '/', '/dir/']],
  ['the same scheme without slashes', '<a href="http:a">x</a>', ['/dir/a']],
  ['white space around', '<a href=" \t\n a.html \r\f ">x</a>', ['/dir/a.html']],
  ['tabs and line ends within', '<a href="a\n\t.ht\rml">x</a>', ['/dir/a.html']],
  ['spaces within', '<a href="a b.html?c d#e f">x</a>', ['/dir/a%20b.html?c%20d#e%20f']],
  ['backslashes', '<a href="\\a\\b">x</a>', ['/a/b']],
  ['non-ASCII letters', '<a href="ü/日本?ß#é">x</a>', ['/dir/%C3%BC/%E6%97%A5%E6%9C%AC?%C3%9F#%C3%A9']],
  ['a non-ASCII host', '<a href="http://bücher.example/">x</a>', ['http://xn--bcher-kva.example/']],
  ['bars and braces', '<a href="a|b?{c}#`">x</a>', ['/dir/a|b?{c}#%60']],
  ['escapes as they are', '<a href="a%20%2f%zz">x</a>', ['/dir/a%20%2f%zz']],
  ['escaped dots', '<a href="%2e%2E/a">x</a>', ['/a']],
  ['a NUL', '<a href="a\0b">x</a>', ['/dir/a%EF%BF%BDb']],

  // Attributes
  ['without quotes', '<a href=a.html>x</a>', ['/dir/a.html']],
  ['in single quotes', "<a href='a.html'>x</a>", ['/dir/a.html']],
  ['a quote in the other quotes', `<a href='a"b'>x</a>`, ['/dir/a%22b']],
  ['uppercase', '<A HREF="A.html">x</A>', ['/dir/A.html']],
  ['white space around the equals sign', '<a href \n=\t "a.html">x</a>', ['/dir/a.html']],
  ['slashes between attributes', '<a/href=a.html/title=x>', ['/dir/a.html/title=x']],
  ['a slash at the end of an unquoted value', '<a href=a/>x</a>', ['/dir/a/']],
  ['no space between attributes', '<a title="x"href="a.html"class=y>', ['/dir/a.html']],
  ['attributes twice: the first', '<a href=a HREF=b>', ['/dir/a']],
  ['a quote in an unquoted value', '<a href=a"b>', ['/dir/a%22b']],
  ['an angle bracket in an attribute', '<a title="1 > 0" href="a?<>">', ['/dir/a?%3C%3E']],
  ['an equals sign as a name', '<a =x href=a>', ['/dir/a']],
  ['attributes whose names only begin or end with href', '<a hrefx=b href-x=c data-href=d href=a>', ['/dir/a']],
  ['no value before the bracket', '<a href= >x</a>', ['/dir/page.html']],
  ['tags across lines', '<a\nclass="x"\r\n href="a.html"\n>', ['/dir/a.html']],
  ['elements whose names only begin with a', '<abbr href=b><a-b href=c><ab><a href=a>', ['/dir/a']],

  // Character references
  ['&amp;', '<a href="?a=1&amp;b=2">', ['/dir/page.html?a=1&b=2']],
  ['& alone', '<a href="?a=1&b=2&">', ['/dir/page.html?a=1&b=2&']],
  ['numbers', '<a href="&#97;&#x62;&#X63">', ['/dir/abc']],
  ['one without semicolon before an equals sign', '<a href="?a&copy=1&lt=2">', ['/dir/page.html?a&copy=1&lt=2']],
  ['one without semicolon before a letter', '<a href="?a&ampb">', ['/dir/page.html?a&ampb']],
  ['one without semicolon at the end', '<a href="?a&amp">', ['/dir/page.html?a&']],
  ['one with semicolon', '<a href="?a&copy;">', ['/dir/page.html?a%C2%A9']],
  ['an unknown one', '<a href="?a&nosuch;b">', ['/dir/page.html?a&nosuch;b']],
  ['a scheme in references', '<a href="&#104;ttp&colon;//other.test/">', ['http://other.test/']],
  ['a fragment in references', '<a href="&num;x">', ['/dir/page.html#x']],
  ['decoded once', '<a href="?a&amp;amp;b">', ['/dir/page.html?a&amp;b']],

  // Text that is not markup
  ['a comment', '<!-- <a href=no> --><a href=a>', ['/dir/a']],
  ['the shortest comments', '<!--><a href=a><!---><a href=b>', ['/dir/a', '/dir/b']],
  ['a comment that ends with --!>', '<!-- <a href=no> --!><a href=a>', ['/dir/a']],
  ['a comment that --!> does not end', '<!--!><a href=no>--><a href=a>', ['/dir/a']],
  ['a comment with dashes in it', '<!-- a -- > <a href=no> ---><a href=a>', ['/dir/a']],
  ['a comment without end', '<a href=a><!-- <a href=no>', ['/dir/a']],
  [
    'what is like a comment',
    '<! <a href=no><a href=a><!- <a href=no>--><a href=b><? <a href=no><a href=c></ <a href=no><a href=d>',
    ['/dir/a', '/dir/b', '/dir/c', '/dir/d'],
  ],
  ['CDATA, which is a comment in HTML', '<![CDATA[ <a href=no> <a href=a> ]]>', ['/dir/a']],
  ['CDATA in SVG', '<svg><![CDATA[ <a href=no> ]]><a href=a></svg>', ['/dir/a']],
  ['a script', '<script>"<a href=no>"</script><a href=a>', ['/dir/a']],
  ['a script with a comment', '<script><!-- <script> </script> <a href=no> --></script><a href=a>', ['/dir/a']],
  ['a script with an empty comment', '<script><!--> </script><a href=a>', ['/dir/a']],
  ['a script that ends within an unclosed comment', '<script><!-- </script><a href=a>', ['/dir/a']],
  ['scripts with odd ends', '<SCRIPT></scriptx><a href=no></script\n x="><a href=no>" ><a href=a>', ['/dir/a']],
  ['a style', '<style><a href=no></style><a href=a>', ['/dir/a']],
  ['a title and a textarea', '<title><a href=no></title><textarea><a href=no></textarea><a href=a>', ['/dir/a']],
  ['text of old elements', '<xmp><a href=no></xmp><noembed><a href=no></noembed><noframes><a href=no></noframes><a href=a>', ['/dir/a']],
  ['plaintext', '<a href=a><plaintext><a href=no></plaintext><a href=no>', ['/dir/a']],
  ['a title in SVG, which holds markup', '<svg><title><a href=a></title><style><a href=b></style></svg>', ['/dir/a', '/dir/b']],
  ['a script in SVG that closes itself', '<svg><script href=x /></svg><a href=a>', ['/dir/a']],
  ['HTML in SVG', '<svg><foreignObject><style><a href=no></style></foreignObject></svg><a href=a>', ['/dir/a']],
  ['SVG that is ended by HTML', '<svg><p><style><a href=no></style><a href=a>', ['/dir/a']],
  [
    'SVG that an end tag of HTML ends',
    '<p><svg></p><script>"<a href=no>"</script><svg></br><style><a href=no></style><a href=a>',
    ['/dir/a'],
  ],
  ['SVG that other end tags do not end', '<div><svg></div></b><style><a href=a></style></svg>', ['/dir/a']],
  ['a quoted value that is cut off by the end', '<a href=a><a href="no', ['/dir/a']],
  ['an unquoted value that is cut off by the end', '<a href=a><a href=no', ['/dir/a']],
  ['angle brackets in text', '1 < 2 <3 <> << <a href=a>', ['/dir/a']],
  ['an end tag with attributes', '</a href=no><a href=a></p title="><a href=no>">', ['/dir/a']],
  ['a tag within a tag', '<a <a href=a>', ['/dir/a']],
  ['a quote that was not closed', '<a href="x>y</a><a href="no">', ['/dir/x%3Ey%3C/a%3E%3Ca%20href=']],
  ['a doctype and a processing instruction', '<!DOCTYPE html PUBLIC "-//W3C//DTD"><?xml version="1.0"?><a href=a>', ['/dir/a']],
  ['nothing', '', []],

  // Base
  ['a base', '<base href="/x/y"><a href=a>', ['/x/a']],
  [
    'a base of another host',
    '<base href="https://other.test/x/"><a href=a><a href=#f>',
    ['https://other.test/x/a', 'https://other.test/x/#f'],
  ],
  ['a base after the link', '<a href=a><base href="/x/">', ['/x/a']],
  ['the first base with an href', '<base target=_top><base href=/x/><base href=/y/><a href=a>', ['/x/a']],
  ['a base that is relative', '<base href="../up/"><a href=a>', ['/up/a']],
  ['a base with white space', '<base href="\n /x/ "><a href=a>', ['/x/a']],
  ['a base with references', '<base href="/x&sol;y/?a&amp;b"><a href=a>', ['/x/y/a']],
  ['an empty base', '<base href=""><a href=a>', ['/dir/a']],
  ['a base that no URL can be made of: the document, and no later one', '<base href="http://["><base href=/x/><a href=a>', ['/dir/a']],
  ['a base with a data: URL', '<base href="data:text/plain,x"><a href=a>', ['/dir/a']],
  [
    'a base in a comment, a script and a template',
    '<!--<base href=/x/>--><script>"<base href=/x/>"</script><template><base href=/x/></template><a href=a>',
    ['/dir/a'],
  ],
  ['a base with a file: URL', '<base href="file:///etc/"><a href=passwd>', []],
  ['a base in the body', '<body><p><base href=/x/><a href=a>', ['/x/a']],
  ['a base for a refresh', '<base href=/x/><meta http-equiv=refresh content="0; a">', ['/x/a']],
  ['a base with a fragment and a query', '<base href="/x/y?z#f"><a href=""><a href=#g>', ['/x/y?z', '/x/y?z#g']],

  // Duplicates
  ['the same link twice', '<a href=a><a href=b><a href="./a"><a href=/dir/a>', ['/dir/a', '/dir/b']],
  ['different fragments', '<a href=a><a href=a#1><a href=a#2>', ['/dir/a', '/dir/a#1', '/dir/a#2']],
];

for (const [name, markup, links] of CASES) test(`finds pages: ${name}`, async () => assert.deepEqual(shown(await read(markup)), links));

test('counts links with other schemes, each once', async () => {
  const { links, otherSchemes } = await read(
    '<a href=mailto:a@b.test><a href=" MAILTO:a@b.test"><a href="java\nscript:x()"><a href=tel:1><a href=ftp://h/><a href=file:///etc/passwd><a href=mailto:a@b.test>',
  );
  assert.deepEqual([links, otherSchemes], [[], 6]);
});

test('reports invalid URLs as written, shortened, each once', async () => {
  const long = `http://[${'x'.repeat(2_000)}`;
  const { links, unreadable } = await read(
    `<a href="http://["><a href=" http://[ "><a href="https://a b/"><a href="${long}"><a href="//">`,
  );
  assert.deepEqual(links, []);
  assert.deepEqual(unreadable, [
    { written: 'http://[', isTooLong: false },
    { written: 'https://a b/', isTooLong: false },
    { written: long.slice(0, 1_000), isTooLong: false },
    { written: '//', isTooLong: false },
  ]);
});

test('reports a URL that is longer than any server accepts as unreadable', async () => {
  const { links, unreadable } = await read(`<a href="${'x'.repeat(70_000)}">`);
  assert.deepEqual([links, unreadable], [[], [{ written: 'x'.repeat(1_000), isTooLong: true }]]);
});

test('collects ids and names of <a> as anchors, decoded, each once', async () => {
  const { anchors } = await read(
    '<p id=x><P ID="y z"><a name=n id=i><a name=n><div id="&uuml;ü"><div id=""><img name=no><svg><g id=s /></svg><template id=t><b id=in><template id=in2></template></template><p id=first id=no>',
    {
      anchors: true,
    },
  );
  assert.deepEqual(anchors, ['x', 'y z', 'i', 'n', 'üü', 's', 't', 'first']);
});

test('collects no anchors unless asked to', async () => assert.equal((await read('<p id=x>')).anchors, undefined));

test('records the line of each link if asked to', async () => {
  const { links } = await read('<a href=a>\n\n<!--\n--><p\n><a\nhref=b><a href=c>\r\n<a href=a><a href=d>', { lines: true });
  assert.deepEqual(
    links.map(({ url, line }) => [url.at(-1), line]),
    [
      ['a', 1],
      ['b', 5],
      ['c', 6],
      ['d', 7],
    ],
  );
  assert.ok((await read('<a href=a>')).links.every((link) => !('line' in link)));
});

test('finds file: links in a file: document', async () => {
  const { links } = await read('<a href="other.html#x"><a href=http://h.test/><a href=mailto:x>', {
    url: 'file:///home/me/site/index.html',
  });
  assert.deepEqual(
    links.map(({ url }) => url),
    ['file:///home/me/site/other.html#x', 'http://h.test/'],
  );
});
