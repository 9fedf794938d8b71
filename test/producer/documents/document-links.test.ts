import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { LinkLine } from '../../../src/model/lines/link-line.ts';
import { documentKind } from '../../../src/producer/documents/document-kind.ts';
import { type DocumentLinksOptions, documentLinks, type OpenDocument } from '../../../src/producer/documents/document-links.ts';

let root = '';

const FILES: Readonly<Record<string, string>> = {
  'repo/.git/HEAD': '',
  'repo/docs/a.md': '# Part one\n\n<a id="Raw">x</a>\n',
  'repo/docs/page.html': '<h1 id="top-id">x</h1><a name="named">y</a>',
  'repo/docs/with space.md': '# X',
  'repo/docs/a%20b.txt': '',
  'repo/docs/site/index.html': '<p id="in-index">',
  'repo/docs/empty/x.txt': '',
  'repo/docs/readme/Readme.markdown': '# In readme',
  'repo/docs/100%.md': '# X',
  'repo/ü 50% off/a.md': '# X',
  'repo/src/code.ts': '',
  'repo/site/about.html': '<p id="x">',
  'repo/site/both.html': '',
  'repo/site/both/x.txt': '',
  'repo/site/shown/index.html': '<p id="y">',
  'repo/site/named/start.html': '',
  'repo/site/a.css': '@import "b.css";\na { background: url(pic.png) }\nb { background: url(/gone.png) }',
  'repo/site/b.css': '@import "a.css";\n\nc { background: url(gone.png), url(https://e.test/x.png) }',
  'repo/site/pic.png': '',
};

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'trawl-documents-'));
  for (const [name, text] of Object.entries(FILES)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  await symlink('docs/a.md', join(root, 'repo/linked.md'));
  await symlink('nowhere', join(root, 'repo/docs/dangling.md'));
});
after(() => rm(root, { recursive: true, force: true }));

/** A document in the folder `repo`, which is the working directory. */
function document(name: string, text: string, given: Partial<OpenDocument> = {}): OpenDocument {
  return { name, kind: documentKind(name) ?? 'markdown', path: join(root, 'repo', name), read: async () => Buffer.from(text), ...given };
}

async function linksOf(documents: readonly OpenDocument[], given: Partial<DocumentLinksOptions> = {}): Promise<LinkLine[]> {
  const lines: LinkLine[] = [];
  const options = { workingDir: join(root, 'repo'), stripParams: [], ...given };
  for await (const line of documentLinks(documents, options, new AbortController().signal)) {
    lines.push(JSON.parse(line) as LinkLine);
  }
  return lines;
}

/** Links in `docs/b.md`: the name of the target, and the message if it is broken. */
const LOCAL: readonly (readonly [written: string, shown: string, message?: RegExp])[] = [
  ['a.md', 'docs/a.md'],
  ['a.md#part-one', 'docs/a.md#part-one'],
  ['a.md#Raw', 'docs/a.md#Raw'],
  ['a.md?plain=1#L2', 'docs/a.md#L2'],
  ['a.md#part-two', 'docs/a.md#part-two', /^docs\/a\.md has no anchor #part-two$/],
  ['a.md#part-ona', 'docs/a.md#part-ona', /^docs\/a\.md has no anchor #part-ona; did you mean "#part-one"\?$/],
  ['A.markdown', 'docs/A.markdown', /^no such file: docs\/A\.markdown$/],
  ['with_space.md', 'docs/with_space.md', /^no such file: docs\/with_space\.md; did you mean "docs\/with space\.md"\?$/],
  ['page', 'docs/page', /did you mean "docs\/page\.html"\? --fallback-extensions html accepts that$/],
  ['page.html#named', 'docs/page.html#named'],
  ['page.html#Named', 'docs/page.html#Named', /did you mean "#named"\?$/],
  ['<with space.md>', 'docs/with space.md'],
  ['with%20space.md', 'docs/with space.md'],
  ['a%20b.txt', 'docs/a b.txt'],
  ['a%00b', 'docs/a\u0000b', /^no such file: a file name cannot contain NUL$/],
  ['./', 'docs/'],
  ['site/#in-index', 'docs/site/#in-index'],
  ['site/#other', 'docs/site/#other', /has no anchor/],
  ['empty/#anything', 'docs/empty/#anything', /^docs\/empty\/ has no index file, so no anchor #anything$/],
  ['empty/#L3', 'docs/empty/#L3'],
  ['readme/#In-Readme', 'docs/readme/#In-Readme'],
  ['100%.md', 'docs/100%.md'],
  ['100%25.md', 'docs/100%.md'],
  ['dangling.md', 'docs/dangling.md', /^docs\/dangling\.md is a symbolic link to nowhere, which does not exist$/],
  ['nowhere/a.md', 'docs/nowhere/a.md', /^no such file: docs\/nowhere\/a\.md$/],
  ['a.md/', 'docs/a.md/', /^no such file/],
  ['/src/code.ts#L10-L20', 'src/code.ts#L10-L20'],
  ['/docs', 'docs'],
  ['/nowhere', 'nowhere', /^no such file: nowhere; \/ stands for \. \(see --root-dir\)$/],
  ['../linked.md#part-one', 'linked.md#part-one'],
  ['../../', '../'],
  ['#here', 'docs/b.md#here'],
  ['#not-here', 'docs/b.md#not-here', /^docs\/b\.md has no anchor #not-here/],
];

for (const [written, shown, message] of LOCAL) {
  test(`the local link ${written} is ${message === undefined ? 'good' : 'broken'}`, async () => {
    const [link, ...others] = await linksOf([document('docs/b.md', `# Here\n[x](${written})\n`)]);
    assert.deepEqual(others, []);
    assert.equal(link?.url, `file:///${shown}`);
    const { checked } = link as LinkLine;
    if (message === undefined) assert.equal(checked, 'ok');
    else assert.match(typeof checked === 'object' ? checked.message : '', message);
  });
}

test('a local link that is longer than any URL is not a URL, so no document makes a row of megabytes', async () => {
  const links = await linksOf([document('docs/b.md', `[x](${'y'.repeat(8_193)}.md) [x](#${'z'.repeat(8_193)})`)]);
  assert.deepEqual(
    links.map(({ checked }) => typeof checked === 'object' && checked.code),
    ['NOT_A_URL', 'NOT_A_URL'],
  );
});

test('links work below a folder whose name has a per cent sign and non-ASCII letters', async () => {
  const [good, broken] = await linksOf([document('ü 50% off/b.md', '[a](a.md#x) [b](b%20c.md)')]);
  assert.deepEqual([good?.checked, good?.url], ['ok', 'file:///ü 50% off/a.md#x']);
  assert.equal(typeof broken?.checked === 'object' && broken.checked.message, 'no such file: ü 50% off/b c.md');
});

test('links to the document itself, and links with other schemes, are not checked', async () => {
  assert.deepEqual(await linksOf([document('docs/b.md', '[a](#) [b](b.md) [c](#top) [d]() [e](mailto:x@y.test)')]), []);
});

test('a link is yielded once, with all its places, in order of first occurrence', async () => {
  const links = await linksOf([
    document('b.md', '[a](https://E.test/x#f) [b](docs/a.md)\n\nhttps://e.test/x https://e.test/x'),
    document('docs/c.html', '<a href="https://e.test/x#g">\n<img src="a.md">\n<a href="http://[">'),
    document('-', '[a](http://[) [x](#x)', { path: join(root, 'repo', '-') }),
  ]);
  assert.deepEqual(links, [
    {
      url: 'https://e.test/x',
      input: 'https://E.test/x#f',
      source: 'b.md',
      line: 1,
      places: ['b.md:3', 'docs/c.html:1'],
      fragments: ['https://e.test/x#f', 'https://e.test/x#g'],
    },
    { url: 'file:///docs/a.md', checked: 'ok', input: 'docs/a.md', source: 'b.md', line: 1, places: ['docs/c.html:2'] },
    { url: 'http://[', checked: { code: 'NOT_A_URL', message: 'not a valid URL' }, source: 'docs/c.html', line: 3, places: ['-:1'] },
    {
      url: 'file:///-#x',
      checked: { code: 'FRAGMENT_NOT_FOUND', message: '- has no anchor #x' },
      input: '#x',
      source: '-',
      line: 1,
      places: [],
    },
  ]);
});

test('a link that is too long is not requested in part', async () => {
  const [link] = await linksOf([document('b.html', `<a href="https://e.test/${'x'.repeat(100_000)}">`)]);
  assert.equal(typeof link?.checked === 'object' && link.checked.code, 'NOT_A_URL');
});

test('links that differ only in a stripped parameter are equal', async () => {
  const links = await linksOf([document('b.md', 'http://e.test/?utm_a=1\nhttp://e.test/?utm_a=2#x')], { stripParams: ['utm_*'] });
  assert.deepEqual(
    links.map(({ url, places, fragments }) => [url, places, fragments]),
    [['http://e.test/?utm_a=1', ['b.md:2'], ['http://e.test/#x']]],
  );
});

test('of many places a hundred are listed, and the rest is counted', async () => {
  const [link] = await linksOf([document('b.md', 'https://e.test/\n'.repeat(150))]);
  assert.deepEqual([link?.places?.length, link?.morePlaces], [100, 49]);
});

test('/ stands for the given folder, or the repository, or the working directory', async () => {
  const urls = async (given: Partial<OpenDocument>) => (await linksOf([document('docs/b.md', '[a](/x)', given)])).map(({ url }) => url);
  assert.deepEqual(await urls({}), ['file:///x']);
  assert.deepEqual(await urls({ rootDir: join(root, 'repo/docs') }), ['file:///docs/x']);
  assert.deepEqual(await urls({ path: '/no/such/place.md' }), ['file:///x']);
});

test('credentials do not go into fragments', async () => {
  const [link] = await linksOf([document('b.md', '[a](https://u:secret@e.test/#x)')]);
  assert.deepEqual(link?.fragments, ['https://e.test/#x']);
});

/** Each as `shown`, or as `shown: message` if it is broken or skipped. */
async function shownOf(documents: readonly OpenDocument[], given: Partial<DocumentLinksOptions> = {}): Promise<string[]> {
  return (await linksOf(documents, given)).map(({ url, checked }) =>
    [url.replace('file:///', ''), ...(typeof checked === 'object' ? [checked.message.split(' (')[0]] : [])].join(': '),
  );
}

const SITE =
  '<a href="about"> <a href="about#x"> <a href="about#z"> <a href="both"> <a href="both/"> <a href="shown/#y"> <a href="named/"> <a href="/src">';

test('in HTML a folder needs an index file, as on a server', async () => {
  const named = 'site/named/ has no index file';
  const both = 'site/both has no index file';
  assert.deepEqual(await shownOf([document('site/index.html', SITE, { rootDir: join(root, 'repo') })]), [
    'site/about: no such file: site/about; did you mean "site/about.html"? --fallback-extensions html accepts that',
    'site/about#x: no such file: site/about; did you mean "site/about.html"? --fallback-extensions html accepts that',
    'site/about#z: no such file: site/about; did you mean "site/about.html"? --fallback-extensions html accepts that',
    `site/both: ${both}`,
    'site/both/: site/both/ has no index file',
    'site/shown/#y',
    `site/named/: ${named}`,
    'src: src has no index file',
  ]);
  assert.deepEqual(await shownOf([document('site/x.md', '[a](named/) [b](both)')]), ['site/named/', 'site/both']);
  assert.deepEqual(await shownOf([document('site/x.html', '<a href="both">')]), ['site/both']);
});

test('--fallback-extensions and --index-files name files that stand for others', async () => {
  const rules = { fallbackExtensions: ['md', 'html'], indexFiles: ['start.html', 'INDEX.html'] };
  assert.deepEqual(await shownOf([document('site/index.html', SITE, { rootDir: join(root, 'repo') })], rules), [
    'site/about',
    'site/about#x',
    'site/about#z: site/about.html has no anchor #z',
    'site/both',
    'site/both/',
    'site/shown/#y',
    'site/named/',
    'src: src has no index file',
  ]);
  assert.deepEqual(await shownOf([document('site/x.md', '[a](both/x.txt) [b](../src)')], rules), [
    'site/both/x.txt',
    'src: src has no index file',
  ]);
  assert.deepEqual(await shownOf([document('site/x.html', '<a href="named/"><a href="/src/">')], { indexFiles: ['.'] }), [
    'site/named/',
    'src/',
  ]);
});

test('style sheets that documents load, and those that these import, are read', async () => {
  const links = await linksOf([document('site/x.html', '<link rel="stylesheet" href="a.css">', { rootDir: join(root, 'repo/site') })]);
  assert.deepEqual(
    links.map(({ url, checked, source, line, places }) => [
      url.replace('file:///', ''),
      checked === 'ok' || checked?.code,
      `${source}:${line}`,
      ...places,
    ]),
    [
      ['site/a.css', true, 'site/x.html:1', 'site/b.css:1'],
      ['site/b.css', true, 'site/a.css:1'],
      ['site/pic.png', true, 'site/a.css:2'],
      ['site/gone.png', 'FILE_NOT_FOUND', 'site/a.css:3', 'site/b.css:3'],
      ['https://e.test/x.png', undefined, 'site/b.css:3'],
    ],
  );
  assert.deepEqual(await shownOf([document('site/x.md', '[a](a.css)')]), ['site/a.css']);
});

test('--remap checks a link at another place: the first rule that matches counts', async () => {
  const remaps = [
    '^https://code\\.test/me/repo/(?:blob|tree)/main/=./',
    '^https://own\\.test/=site/',
    `^https://disk\\.test=file://${root}/repo`,
    '^http:=https:',
  ];
  const text =
    '[a](https://code.test/me/repo/blob/main/docs/a.md#part-one) [b](https://code.test/me/repo/blob/main/docs/a.md#no) [c](https://own.test/gone.html) [d](http://e.test/x#y) [e](https://f.test/) [f](https://disk.test/docs/with%20space.md)';
  assert.deepEqual(await shownOf([document('docs/b.md', text)], { remaps }), [
    'docs/a.md#part-one',
    'docs/a.md#no: docs/a.md has no anchor #no',
    'site/gone.html: no such file: site/gone.html',
    'https://e.test/x',
    'https://f.test/',
    'docs/with space.md',
  ]);
});

test('--exclude sees fragments and invalid URLs; --exclude-fragments still checks the page', async () => {
  const text =
    '[a](https://e.test/x#skip-1) [b](https://e.test/x#keep) [c](http://[skip) [d](a.md#skip-2) [e](http://[) [f](a.md#soft) [g](https://e.test/x#soft)';
  const given = { exclude: ['skip'], excludeFragments: ['#soft$'] };
  const links = await linksOf([document('docs/b.md', text)], given);
  assert.deepEqual(
    links.map(({ url, checked, fragments }) => [url.replace('file:///', ''), checked === 'ok' || checked?.code, fragments]),
    [
      ['https://e.test/x#skip-1', 'EXCLUDED', undefined],
      ['https://e.test/x', undefined, ['https://e.test/x#keep']],
      ['http://[skip', 'EXCLUDED', undefined],
      // Local links, and URLs that match without their fragment, are excluded by the rules for seeds.
      ['docs/a.md#skip-2', 'FRAGMENT_NOT_FOUND', undefined],
      ['http://[', 'NOT_A_URL', undefined],
      ['docs/a.md#soft', true, undefined],
    ],
  );
});

test('pages of the code host are not missing files', async () => {
  const skipped = 'a page of the code host, such as an issue, not a file of the repository';
  assert.deepEqual(
    await shownOf([document('b.md', '[a](../../issues) [b](../../pull/3?x#y) [c](../../secret/x) [d](../issues) [e](../../../issues)')]),
    [
      `../../issues: ${skipped}`,
      `../../pull/3#y: ${skipped}`,
      '../../secret/x: no such file: ../../secret/x',
      '../issues: no such file: ../issues',
      '../../../issues: no such file: ../../../issues',
    ],
  );
  assert.deepEqual(await shownOf([document('docs/b.md', '[a](../../../releases/latest)')]), [`../../releases/latest: ${skipped}`]);
  assert.deepEqual(await shownOf([document('docs/b.md', '<a href="../../../issues">')]), [`../../issues: ${skipped}`]);
  assert.match((await shownOf([document('b.html', '<a href="../../issues">')]))[0] ?? '', /no such file/);
});

test('wiki links find documents by name or path', async () => {
  const documents = [
    document('docs/b.md', '# Here\n[[a]] [[A#Part One]] [[deep/My page|x]] [[my-page]] [[gone]] [[#Here]] [[gone: x]]'),
    document('docs/a.md', '# Part one'),
    document('docs/deep/My page.md', ''),
  ];
  assert.deepEqual(await shownOf(documents, { wikiLinks: true }), [
    'docs/a.md',
    'docs/a.md#part-one',
    'docs/deep/My page.md',
    'docs/gone: no such file: docs/gone',
    'docs/b.md#here',
    'docs/gone: x: no such file: docs/gone: x',
  ]);
});

test('a document that cannot be read fails, and the others are read', async () => {
  const fails = async () => {
    throw new Error('cannot read it');
  };
  const links = await shownOf([
    document('b.md', '[a](docs/a.md) [c](c.md)'),
    document('docs/a.md', '', { read: fails }),
    document('c.md', '[x](gone.md)'),
  ]);
  assert.deepEqual(links, ['docs/a.md: cannot read it', 'c.md', 'gone.md: no such file: gone.md']);
});

test('messages about how a document was read are logged', async () => {
  const warnings: string[] = [];
  const log = { debug() {}, info() {}, warn: (_: object, message: string) => warnings.push(message), error() {} };
  await linksOf([document('b.mdx', '<div>\n\n[a](docs/a.md)')], { log });
  assert.match(warnings.join(), /^b\.mdx is read as Markdown/);
});
