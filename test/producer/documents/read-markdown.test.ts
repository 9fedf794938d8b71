import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMarkdown } from '../../../src/producer/documents/read-markdown.ts';
import { scaledMs } from '../../helpers/until.ts';

/** Each as `line: destination`. */
const LINKS: readonly (readonly [name: string, markdown: string, links: readonly string[]])[] = [
  ['an inline link', 'see [a](b.md "title")', ['1: b.md']],
  ['a link in the third line of a paragraph', 'one\ntwo [x\ny](z)\nthree [a](b)', ['2: z', '4: b']],
  ['a destination with spaces, in angle brackets', '[a](<b c.md>)', ['1: b c.md']],
  ['a destination with balanced parentheses', '[a](https://e.test/a_(b))', ['1: https://e.test/a_(b)']],
  ['escapes and entities', '[a](b\\_c&amp;d.md)', ['1: b_c&d.md']],
  ['an image', '![alt](i.png)', ['1: i.png']],
  ['an image within a link', '[![alt](i.png)](a.md)', ['1: a.md', '1: i.png']],
  ['a reference: where it is defined', 'see [a][b], [b]\n\n[b]: c.md\n[unused]: d.md "t"', ['3: c.md', '4: d.md']],
  ['a reference without a definition is text', '[a][b] [c] [ ] [x]', []],
  ['a definition in a quote, its destination on the next line', '> text\n>\n> [b]:\n> c.md', ['3: c.md']],
  ['an autolink', '<https://e.test/?a=b> <mailto:a@e.test>', ['1: https://e.test/?a=b', '1: mailto:a@e.test']],
  [
    'bare URLs',
    'https://e.test/a. (http://e.test/b) www.e.test, "https://e.test/c"',
    ['1: https://e.test/a', '1: http://e.test/b', '1: http://www.e.test', '1: https://e.test/c'],
  ],
  [
    'a bare URL: parentheses, entities and punctuation at its end',
    'https://e.test/a_(b)) https://e.test/?a&hl; https://e.test/x?!',
    ['1: https://e.test/a_(b)', '1: https://e.test/?a', '1: https://e.test/x'],
  ],
  ['a bare URL in emphasis', '**https://e.test/a_b_c** _https://e.test/d_', ['1: https://e.test/a_b_c', '1: https://e.test/d']],
  ['a bare URL in brackets', '[https://e.test/a] [https://e.test/b](c.md)', ['1: https://e.test/a', '1: c.md']],
  ['text that only looks like a bare URL', 'xhttps://e.test awww.e.test www. https://$HOST/ https://<b>', []],
  ['code contains no links', '`[a](b)` `https://e.test/`\n\n    [c](d)\n\n```\n[e](f)\nhttps://e.test\n```\n', []],
  ['front matter contains no links, and its lines count', '---\na: https://e.test\n---\n[a](b)', ['4: b']],
  ['TOML front matter', '+++\na = "https://e.test"\n+++\n[a](b)', ['4: b']],
  ['a rule at the beginning is not front matter', '---\n[a](b)', ['2: b']],
  ['a table', '| a | b |\n|---|---|\n| [x](y) | `a\\|b` |\n| z | ![i](j\\|k) |', ['3: y', '4: j|k']],
  ['a footnote, with a second paragraph', 'a[^1]\n\n[^1]: see https://e.test/a\n\n    and [b](c.md)', ['3: https://e.test/a', '5: c.md']],
  ['lists and quotes', '- a\n  - [b](c)\n\n    more\n    [d](e)\n> > [f](g)', ['2: c', '5: e', '6: g']],
  ['headings', '# [a](b)\n\nText [c](d)\n===', ['1: b', '3: d']],
  ['Windows line ends', 'a\r\nb\r\n[c](d)\r\n', ['3: d']],
  ['a link across emphasis', '*a [b*](c)', ['1: c']],
  [
    'MyST: a figure and its target',
    '```{figure} img/a b.png\n:alt: x\n:target: ../c.md\n\nA [caption](d.md)\n```',
    ['1: img/a b.png', '3: ../c.md', '5: d.md'],
  ],
  [
    'MyST: options as YAML',
    'a\n\n```{image} a.png\n---\nalt: b.png\ntarget: https://e.test/\n---\n```',
    ['3: a.png', '6: https://e.test/'],
  ],
  [
    'MyST: tildes, and files that are included',
    '~~~{include} a.md\n~~~\n\n- b\n\n  ```{literalinclude} ../c.py\n  :lines: 1-3\n  ```',
    ['1: a.md', '6: ../c.py'],
  ],
  [
    'MyST: files of options',
    '```{csv-table}\n:file: a.csv\n```\n```{raw} html\n:file: b.html\n```\n```{card} T\n:link: c.md\n```',
    ['2: a.csv', '5: b.html', '8: c.md'],
  ],
  [
    'MyST: between colons',
    ':::{figure} a_b_c.png\n:target: d.md\n:::\n\n::::{note}\nsee [x](y)\n:::{image} e.png\n:::\n::::',
    ['1: a_b_c.png', '2: d.md', '6: y', '7: e.png'],
  ],
  [
    'MyST: Markdown in directives, also within each other',
    '````{note}\n:class: x\n\n[a](b)\n\n```{tip}\n- [c](d)\n\n[e]\n\n[e]: f\n```\n````\n[g](h)',
    ['4: b', '7: d', '11: f', '14: h'],
  ],
  [
    'MyST: the download role',
    'get {download}`a.zip` and\n{download}`the file <../b c.pdf>`, not {doc}`x` `y`',
    ['1: a.zip', '2: ../b c.pdf'],
  ],
  [
    'MyST: what names no file',
    '```{figure} #label\n```\n```{image} a.*\n:target: name\n```\n```{include} {{ file }}\n```\n```{card} a\n:link: b\n:link-type: ref\n```\n```{toctree}\na\n```',
    [],
  ],
  [
    'fences that are no directives, or whose body is code',
    '```{r, echo=FALSE}\n[a](b)\n```\n```{code-block} md\n[a](b)\n```\n```{.python}\na.png\n```\n```js {image} a\n```',
    [],
  ],
  ['a destination that browsers do not open is still a link', '[a](javascript:void(0)) [b](tel:1)', ['1: javascript:void(0)', '1: tel:1']],
];

function shown(markdown: string): string[] {
  return readMarkdown(markdown).links.map(({ written, line }) => `${line}: ${written}`);
}

for (const [name, markdown, links] of LINKS) test(`links: ${name}`, () => assert.deepEqual(shown(markdown), links));

const HTML: readonly (readonly [name: string, markdown: string, html: string])[] = [
  [
    'a block and a tag keep their lines',
    'a\n\n<div>\n<a href="b">\n</div>\n\nc\nd <i id="e">',
    '\n\n<div>\n<a href="b">\n</div>\n\n\n<i id="e">',
  ],
  ['a mentioned tag swallows nothing', 'use <title> or <script> here <a href="b">', '<a href="b">'],
  ['scripts and styles', '<script>\n"<a href=x>"\n</script>\n\n<a id="y">', '\n\n\n\n<a id="y">'],
  ['code is not HTML', '`<a href="b">`\n\n    <a href="c">\n', ''],
];

for (const [name, markdown, html] of HTML) {
  test(`HTML: ${name}`, () => assert.equal(readMarkdown(markdown).html.trimEnd(), html));
}

const MARKDOWN_IN_HTML: readonly (readonly [name: string, markdown: string, links: readonly string[]])[] = [
  [
    'between tags, and below them',
    '<div>\n[a](b.md) ![i](j.png)\n</div>\n[c](d.md)\n\n[e](f.md)',
    ['2: b.md', '2: j.png', '4: d.md', '6: f.md'],
  ],
  ['a bare URL is not a link there', '<div>\nhttps://e.test [a](b)\n</div>', ['2: b']],
  ['not in code, scripts and comments', '<div>\n<code>[a](b)</code> <pre>\n[c](d)\n</pre>\n<!-- [e](f) --> [g](h)\n</div>', ['5: h']],
  ['not in a block of code or a comment', '<pre>\n[a](b)\n</pre>\n\n<!--\n[c](d)\n-->\n\n<script>\n[e](f)\n</script>', []],
];
for (const [name, markdown, links] of MARKDOWN_IN_HTML) {
  test(`Markdown in HTML: ${name}`, () => assert.deepEqual(shown(markdown), links));
}

const BLOCKS: readonly (readonly [name: string, markdown: string, links: readonly string[]])[] = [
  ['an admonition', '!!! note "Title"\n\n    [a](b)\n\n    - [c](d)\n\nText\n\n    [code](e)', ['3: b', '5: d']],
  ['a folded admonition, and a nested one', '???+ warning\n\n    Text\n\n    !!! tip\n\n        [a](b)', ['7: b']],
  ['tabs', '=== "A"\n\n    [a](b)\n\n=== "B"\n\n    [c](d)', ['3: b', '7: d']],
  ['a heading with a line below it is not a tab', 'Title\n===\n\n    [a](b)', []],
  ['exclamation marks in text', 'Wow!!!\n\n    [a](b)', []],
];
for (const [name, markdown, links] of BLOCKS) test(`blocks of Python-Markdown: ${name}`, () => assert.deepEqual(shown(markdown), links));

const MATH: readonly (readonly [name: string, markdown: string, links: readonly string[]])[] = [
  ['in a line', 'Let $f[x](y)$ and $$g[x](y)$$ and $`h[x](y)`$, see [a](b)', ['1: b']],
  ['in a block', '$$\nf[x](y)\n\n[a](b)\n$$\n[c](d)', ['6: d']],
  ['in brackets', '($f[x](y)$) [$f[x]$](b)', ['1: b']],
  ['prices and variables are text', 'from $5 [a](b) to $6, $HOME/[c](d)/$USER, 5$ [e](f) 6$', ['1: b', '1: d', '1: f']],
  ['an escaped dollar is text', '\\$a [a](b)$', ['1: b']],
  ['a dollar without a closing one', '$a [a](b)\n$ [c](d)\n\n$$\n[e](f)', ['1: b', '2: d', '5: f']],
  ['code takes precedence', '$a `$` [a](b) `x$`', ['1: b']],
];
for (const [name, markdown, links] of MATH) test(`math: ${name}`, () => assert.deepEqual(shown(markdown), links));

test('wiki links are links if the option is on', () => {
  const markdown = '[[My Page]] ![[pic.png]] [[a/b#Some Heading!|text]] [[#Here]] [[c#^block]] `[[d]]` [[e]](f.md) [g][h]\n\n[[x]';
  const { links } = readMarkdown(markdown, { wikiLinks: true });
  assert.deepEqual(
    links.map(({ written, isWiki }) => (isWiki ? `[[${written}]]` : written)),
    ['[[My Page]]', '[[pic.png]]', '[[a/b#some-heading]]', '[[#here]]', '[[c]]', 'f.md'],
  );
  assert.deepEqual(shown('[[My Page]]'), []);
});

const IDS: readonly (readonly [markdown: string, anchors: readonly string[]])[] = [
  ['## One {#a .b}', ['a', 'one']],
  ['## One { #a }', ['a', 'one']],
  ['## One {: #a .b title="x y"}', ['a', 'one']],
  ['## One {.b #a-b_c key=v}', ['a-b_c', 'one']],
  ['## One {id="a"} ##', ['a', 'one']],
  ['## One {-}', ['one']],
  ['One {#a}\n---', ['a', 'one']],
  ['{#a}\n## One', ['a', 'one']],
  ['(a)=\n## One', ['a', 'one']],
  ['## One\n{: #a}', ['one', 'a']],
  ['Text [x]{#a} and ![i](j){ #b }\n{: #c }', ['a', 'b', 'c']],
  ['## Use `{#a}`', ['use-a']],
  ['## A {set} of {#not id}', ['a-set-of-not-id']],
  ['{{#if}} and {{ #x }} `{#y}`', []],
];
for (const [markdown, anchors] of IDS) {
  test(`ids: ${JSON.stringify(markdown)}`, () => assert.deepEqual([...readMarkdown(markdown).anchors], anchors));
}

test('headings of any form have the anchors of GitHub', () => {
  const { anchors } = readMarkdown(
    '# A *b* `c` [d](e)\n\nSet *ext*\n===\n\n## :tada: Party!\n\n## A b c d\n\n<h2 align="center">\n  In <b>HTML</b> &amp; more\n</h2>\n\n## Own {#given-id}\n\n### ![i](j) Logo',
  );
  assert.deepEqual([...anchors], ['a-b-c-d', 'set-ext', 'tada-party', 'a-b-c-d-1', 'in-html--more', 'given-id', 'own', '-logo']);
});

test('a document with very long lines and deep nesting is read in linear time', () => {
  const begun = performance.now();
  const words = 'word https://e.test/a '.repeat(20_000);
  readMarkdown(
    [
      words,
      '['.repeat(5_000),
      `${'>'.repeat(5_000)}a`,
      '<'.repeat(20_000),
      'www.'.repeat(20_000),
      '$$x '.repeat(20_000),
      '$x'.repeat(20_000),
      '{#a'.repeat(20_000),
      `# {${' '.repeat(50_000)}x`,
      '$$\n\n'.repeat(5_000),
      `<div>](${'<code>'.repeat(2_000)}</div>`,
      '[['.repeat(5_000),
    ].join('\n\n'),
  );
  assert.ok(performance.now() - begun < scaledMs(60_000));
});

test('options of directives may have any name', () => {
  for (const name of ['constructor', '__proto__', 'toString'])
    for (const fence of ['```', ':::'])
      assert.deepEqual(
        readMarkdown(`${fence}{figure} a.png\n:${name}: b.c\n${fence}`).links.map(({ written }) => written),
        ['a.png'],
      );
});

test('directives within directives are read to a depth that no document has', () => {
  const depth = 2_000;
  let text = '[a](b)';
  for (let level = 0; level < depth; level++) text = `${'`'.repeat(3 + level)}{note}\n${text}\n${'`'.repeat(3 + level)}`;
  assert.deepEqual(readMarkdown(text).links, []);
});
