import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MarkdownContent } from '../../../src/producer/documents/read-markdown.ts';
import { readMdx } from '../../../src/producer/documents/read-mdx.ts';

function read(mdx: string): MarkdownContent {
  const content = readMdx(mdx);
  if ('problem' in content) assert.fail(content.problem);
  return content;
}

/** Links of Markdown as `line: destination`, then the HTML of the JSX. */
const CASES: readonly (readonly [name: string, mdx: string, links: readonly string[], html?: string])[] = [
  ['Markdown in components', '<Tabs>\n  <Tab>\n\n    [a](b)\n\n  </Tab>\n</Tabs>\n\n<div>\n[c](d)\n</div>', ['4: b', '10: d']],
  ['no indented code', 'a\n\n    [a](b)', ['3: b']],
  ['code', '```\n[a](b)\n```\n`[c](d)`', []],
  ['imports and exports are not text', "import A from './a.js'\nexport const b = '[c](d)'\n\n[e](f)", ['4: f']],
  ['expressions are not text', "{`[a](b)`} {'[c](d)'} [e](f)", ['1: f']],
  ['front matter', '---\na: [x](y)\n---\n[a](b)', ['4: b']],
  [
    'GFM: tables, footnotes, bare URLs',
    '| a |\n|---|\n| [b](c) |\n\nhttps://e.test x[^1]\n\n[^1]: [d](e)',
    ['3: c', '5: https://e.test', '7: e'],
  ],
  ['definitions', '[a][b]\n\n[b]: c.md', ['3: c.md']],
  [
    'properties of components',
    'a\n<Card\n  title="x"\n  href="a&amp;b"\n/>\n\n<Link to={`/c`} id="d" /> <Img src={"e"} other={f} />',
    [],
    '\n<a href="a&amp;b"></a>\n\n\n\n\n<a href="/c"></a><a id="d"></a><img src="e">',
  ],
  ['elements of HTML', '<img srcSet="a 1x, b 2x" alt="[x](y)" /> <a href={c}>d</a>', [], '<img srcset="a 1x, b 2x" alt="[x](y)">'],
  ['elements in expressions', '{a &&\n  <a href="b">{c.map(() => <Card href={"d"} />)}</a>}', [], '\n<a href="b"></a><a href="d"></a>'],
  [
    'comments are kept because of their marks',
    '{/* trawl-ignore */}\n\n<!-- trawl-ignore -->\n\n[a](b)',
    ['5: b'],
    '<!-- trawl-ignore -->\n\n<!-- trawl-ignore -->',
  ],
  ['math', '$$\n\\frac{a}{b} {x\n$$\n\n$a_{1, j}$ and $\\mathbf{x}[a](b)$ [c](d)', ['5: d']],
  ['prices are not math', 'From $5 <br> [a](b) to $6', ['1: b']],
  [
    'links and empty elements of MDX 1',
    '<https://e.test/a> <br>\n<Link to="b">[c](d)</Link>',
    ['1: https://e.test/a', '2: d'],
    '\n<a href="b"></a>',
  ],
  ['elements in properties', '<Card\n  icon={<Icon href="a" />}\n/>', [], '\n<a href="a"></a>'],
  ['required files', "<img src={require('./a.png').default} /> <Img src={require('@site/b.png')} />", [], '<img src="./a.png">'],
  ['Windows line ends', 'a\r\n\r\n[b](c)\r\n', ['3: c']],
];
for (const [name, mdx, links, html = ''] of CASES) {
  test(`MDX: ${name}`, () => {
    const content = read(mdx);
    assert.deepEqual(
      content.links.map(({ written, line }) => `${line}: ${written}`),
      links,
    );
    assert.equal(content.html, html);
  });
}

test('MDX: headings of any form have anchors and ids', () => {
  const { anchors } = read('# A *b* `c`\n\n## One {#given .x}\n\n## Two {/* #comment */}\n\n## One\n\n## Now {1 + 1}');
  assert.deepEqual([...anchors], ['a-b-c', 'given', 'one', 'comment', 'two', 'one-1', 'now']);
});

test('a document that is not MDX gives the reason and the line', () => {
  const problemOf = (mdx: string) => (readMdx(mdx) as { problem?: string }).problem;
  assert.match(problemOf('a\n\n<div>\n\n[a](b)') ?? '', /^it is not valid MDX: .*<div>. \(3:1/);
  assert.match(problemOf('{a b}') ?? '', /^it is not valid MDX: line 1: /);
  const tooLong = 'it is too long to be read as MDX';
  assert.equal(problemOf('[a](b) '.repeat(20_000)), tooLong);
  assert.equal(problemOf(`export const a = [\n${'  1,\n\n'.repeat(1_000)}]\n`), tooLong);
  assert.equal(problemOf(`export const a = [\n${'  1,\n\n'.repeat(10)}]\n`), undefined);
});
