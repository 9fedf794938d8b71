import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import type { LinkLine } from '../../../src/model/lines/link-line.ts';
import { openSources } from '../../../src/producer/sources/open-source.ts';
import type { Source, SourceSpec } from '../../../src/producer/sources/source.ts';
import { runOptions } from '../../fetch/local-servers.ts';

let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trawl-documents-'));
  await mkdir(join(folder, 'folder.md'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function open(specs: readonly SourceSpec[], stdin = ''): Promise<Source[]> {
  const downloads = { run: runOptions(), fetcher: {} };
  return openSources(specs, { stdin: Readable.from([Buffer.from(stdin)]), workingDir: folder, downloads });
}

async function file(name: string, content: string | Uint8Array): Promise<SourceSpec> {
  await writeFile(join(folder, name), content);
  return { kind: 'file', path: name, at: join(folder, name) };
}

async function linksOf(source: Source | undefined): Promise<LinkLine[]> {
  const lines: LinkLine[] = [];
  for await (const chunk of (source as Source).lines(new AbortController().signal))
    lines.push(...chunk.map((line) => JSON.parse(line) as LinkLine));
  return lines;
}

test('all documents are one source, at the position of the first; other files stay lists', async () => {
  const sources = await open([
    await file('list.txt', 'http://e.test/'),
    await file('a.md', '[x](b.html)'),
    { kind: 'url', url: 'http://e.test/' },
    await file('b.html', ''),
  ]);
  assert.deepEqual(
    sources.map(({ name, documents, format, live }) => [name, documents, format, live]),
    [
      ['list.txt', undefined, undefined, false],
      ['a.md', ['a.md', 'b.html'], 'links', false],
      ['command line', undefined, undefined, false],
    ],
  );
  assert.deepEqual(await linksOf(sources[1]), [
    { url: 'file:///b.html', checked: 'ok', input: 'b.html', source: 'a.md', line: 1, places: [] },
  ]);
});

test('a file that is named twice is one document', async () => {
  const twice = await file('twice.md', '[x](http://e.test/)');
  const [source] = await open([twice, { ...twice, path: './twice.md' } as SourceSpec]);
  assert.deepEqual([source?.documents, (await linksOf(source))[0]?.places], [['twice.md'], []]);
});

test('--input sets the kind of a source, also of stdin', async () => {
  const [stdin] = await open([{ kind: 'stdin', reading: { input: 'html' } }], '<a href="http://e.test/">');
  assert.deepEqual([stdin?.live, await linksOf(stdin)], [true, [{ url: 'http://e.test/', source: '-', line: 1, places: [] }]]);
  const [text] = await open([{ ...(await file('notes.txt', 'see http://e.test/.')), reading: { input: 'markdown' } }]);
  assert.deepEqual(
    (await linksOf(text)).map(({ url }) => url),
    ['http://e.test/'],
  );
  const [list] = await open([{ ...(await file('list.md', 'http://e.test/')), reading: { input: 'lines' } }]);
  assert.equal(list?.format, undefined);
});

test('a byte order mark and Windows line ends do not affect a document', async () => {
  const [source] = await open([await file('bom.md', '\ufeff# Title\r\n\r\n[a](#title)\r\n[b](http://e.test/)\r\n')]);
  assert.deepEqual(
    (await linksOf(source)).map(({ url, line }) => [url, line]),
    [
      ['file:///bom.md#title', 3],
      ['http://e.test/', 4],
    ],
  );
});

test('an empty document has no links', async () => {
  assert.deepEqual(await linksOf((await open([await file('empty.md', '')]))[0]), []);
});

test('a missing file is refused by its name', async () => {
  await assert.rejects(open([{ kind: 'file', path: 'none.md', at: join(folder, 'none.md') }]), { message: 'no such file: none.md' });
  await assert.rejects(open([{ kind: 'file', path: 'folder.md', at: join(folder, 'folder.md') }]), { message: /is a folder/ });
  await assert.rejects(open([{ kind: 'list-url', url: 'http://127.0.0.1/', reading: { input: 'markdown' } }]), {
    name: 'UsageError',
    message: /download it first/,
  });
  await assert.rejects(open([{ ...(await file('a.md', '')), reading: { rootDir: 'nowhere' } }]), {
    message: '--root-dir nowhere is not a folder',
  });
});

test('a file that cannot be read does not stop the others: it is a failed row with the reason', async () => {
  await symlink('/proc/self/mem', join(folder, 'memory.md'));
  const specs = [
    await file('binary.md', 'a\0b'),
    { kind: 'file', path: 'memory.md', at: join(folder, 'memory.md') } as const,
    await file('vanishes.md', 'x'),
    await file('wide.html', Buffer.from('\ufeff<a href="gone.html">', 'utf16le')),
  ];
  const [source] = await open(specs);
  await unlink(join(folder, 'vanishes.md'));
  const rows = (await linksOf(source)).map(({ url, checked }) => [
    url,
    (checked as { code: string }).code,
    (checked as { message: string }).message,
  ]);
  assert.deepEqual(
    rows.map(([url, code]) => [url, code]),
    [
      ['file:///binary.md', 'UNREADABLE'],
      ['file:///memory.md', 'UNREADABLE'],
      ['file:///vanishes.md', 'UNREADABLE'],
      ['file:///gone.html', 'FILE_NOT_FOUND'],
    ],
  );
  assert.match(
    rows.map(([, , message]) => message).join('; '),
    /^binary\.md is not text.*; cannot read memory\.md: EIO.*; no such file: vanishes\.md;/,
  );
});
