import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { type ExpandOptions, expandSources, type NamedSource } from '../../../src/producer/sources/expand-sources.ts';

const FILES = ['b.md', 'a.html', 'sub/c.MDX', 'sub/d.txt', '.hidden/e.md', 'node_modules/f/g.md', 'lists/x.txt'];
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trawl-expand-'));
  for (const name of FILES) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), '');
  }
  await symlink('.', join(folder, 'sub/circle'));
  await symlink('../b.md', join(folder, 'sub/linked.md'));
  await symlink('nowhere', join(folder, 'sub/dangling.md'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function names(...sources: NamedSource[]): Promise<string[]> {
  const specs = await expandSources(sources);
  return specs.map((spec) => (spec.kind === 'file' ? relative(folder, spec.path) : spec.kind));
}

test('a folder stands for the documents below it, in order, without hidden and installed ones', async () => {
  const all = ['a.html', 'b.md', 'sub/c.MDX', 'sub/linked.md'];
  assert.deepEqual(await names({ kind: 'stdin' }, { kind: 'folder', path: folder }), ['stdin', ...all]);
  assert.deepEqual(await names({ kind: 'folder', path: folder, reading: { input: 'markdown' } }), all.slice(1));
});

test('the folder is the root of its HTML pages, unless another one is given', async () => {
  const [page, text] = await expandSources([{ kind: 'folder', path: folder }]);
  assert.deepEqual([page?.reading?.rootDir, text?.reading], [folder, undefined]);
  const [other] = await expandSources([{ kind: 'folder', path: folder, reading: { rootDir: 'x' } }]);
  assert.equal(other?.reading?.rootDir, 'x');
});

test('a pattern stands for the files that match it', async () => {
  assert.deepEqual(await names({ kind: 'pattern', pattern: `${folder}/{*,lists/*,sub/*,node_modul??/**/*}.{md,txt}` }), [
    'b.md',
    'lists/x.txt',
    'sub/d.txt',
    'sub/linked.md',
  ]);
});

test('pipes, devices and links to them are not read, because that may never end', async () => {
  const odd = join(folder, 'odd');
  await mkdir(odd);
  execFileSync('mkfifo', [join(odd, 'pipe.md')]);
  await symlink('/dev/zero', join(odd, 'zero.md'));
  await symlink('pipe.md', join(odd, 'linked.md'));
  await writeFile(join(odd, 'a.md'), '');
  assert.deepEqual(await names({ kind: 'folder', path: odd }), ['odd/a.md']);
  assert.deepEqual(await names({ kind: 'pattern', pattern: `${odd}/*.md` }), ['odd/a.md']);
  await rm(odd, { recursive: true });
});

test('excluded files are not read, however they were named', async () => {
  const left = async (options: ExpandOptions, ...patterns: string[]) => {
    const specs = await expandSources(
      [
        { kind: 'folder', path: folder },
        { kind: 'file', path: join(folder, 'lists/x.txt') },
        { kind: 'url', url: 'http://e.test/lists/' },
        ...patterns.map((pattern) => ({ kind: 'except' as const, pattern: join(folder, pattern) })),
      ],
      options,
    );
    return specs.map((spec) => (spec.kind === 'file' ? relative(folder, spec.path) : spec.kind));
  };
  assert.deepEqual(await left({}, 'sub/**'), ['a.html', 'b.md', 'lists/x.txt', 'url']);
  assert.deepEqual(await left({}, 'sub', '*.html'), ['b.md', 'lists/x.txt', 'url']);
  assert.deepEqual(await left({ excludePaths: ['/sub/', 'lists/x'] }), ['a.html', 'b.md', 'url']);
  assert.deepEqual(await left({}, 'nothing/*'), ['a.html', 'b.md', 'sub/c.MDX', 'sub/linked.md', 'lists/x.txt', 'url']);
  await assert.rejects(expandSources([{ kind: 'folder', path: folder }], { excludePaths: ['.'] }), {
    name: 'UsageError',
    message: /no files are left to read/,
  });
});

test('a folder or pattern without files is refused', async () => {
  await assert.rejects(names({ kind: 'folder', path: join(folder, 'lists') }), /lists has no documents/);
  await assert.rejects(names({ kind: 'folder', path: folder, reading: { input: 'csv' } }), /is a folder: --input csv reads files/);
  await assert.rejects(
    names({ kind: 'folder', path: folder, reading: { input: 'lines' } }),
    /is a folder: give a file with one URL per line/,
  );
  await assert.rejects(names({ kind: 'pattern', pattern: `${folder}/*.xyz` }), /no file matches .*\*\.xyz/);
});
