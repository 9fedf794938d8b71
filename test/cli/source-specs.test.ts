import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceSpecs } from '../../src/cli/source-specs.ts';

const files = (...names: string[]) => ({
  implied: true,
  exists: (path: string) => names.includes(path),
  isFolder: (path: string) => names.includes(path) && path.endsWith('/'),
});

const named = (listUrls: string[] = [], sitemapUrls: string[] = []) => ({ listUrls, sitemapUrls });

test('a source is stdin, a URL, or a file that exists; lists and sitemaps that are downloaded come last', () => {
  assert.deepEqual(
    sourceSpecs(['-', 'https://example.com/', 'urls.txt'], named(['http://host/list'], ['http://host/map']), files('urls.txt')),
    [
      { kind: 'stdin' },
      { kind: 'url', url: 'https://example.com/' },
      { kind: 'file', path: 'urls.txt' },
      { kind: 'list-url', url: 'http://host/list' },
      { kind: 'sitemap', url: 'http://host/map' },
    ],
  );
});

test('a folder stands for its documents, and a word with wildcards is a pattern unless a file has that name', () => {
  assert.deepEqual(
    sourceSpecs(['docs/', '**/*.md', '[x].md', 'http://host/?a*', '!docs/old/**', '!x'], named(), files('docs/', '[x].md', '!x')),
    [
      { kind: 'folder', path: 'docs/' },
      { kind: 'pattern', pattern: '**/*.md' },
      { kind: 'file', path: '[x].md' },
      { kind: 'url', url: 'http://host/?a*' },
      { kind: 'except', pattern: 'docs/old/**' },
      { kind: 'file', path: '!x' },
    ],
  );
});

test('a list or a sitemap to download is enough as a source', () => {
  assert.deepEqual(sourceSpecs([], named(['http://host/list']), files()), [{ kind: 'list-url', url: 'http://host/list' }]);
  assert.deepEqual(sourceSpecs([], named([], ['http://host/map']), files()), [{ kind: 'sitemap', url: 'http://host/map' }]);
});

const REFUSED: readonly (readonly [words: readonly string[], implied: boolean, message: RegExp])[] = [
  [[], false, /nothing to fetch/],
  [['!docs/**'], false, /nothing to fetch/],
  [['statsu'], true, /^no such command or file: statsu; did you mean status\?$/],
  [['zzzzzz'], true, /^no such command or file: zzzzzz; trawl --help lists the commands$/],
  // After an option, as in `trawl -q enqueue urls.txt`.
  [['enqueue'], true, /^no such file: enqueue; a command comes before all options and sources: trawl enqueue …$/],
  [['statsu'], false, /^no such file: statsu$/],
  [['missing.txt'], true, /^no such file: missing\.txt/],
  [['example.com/a'], true, /^no such file: example\.com\/a; if it is a URL, write http:\/\/example\.com\/a$/],
  [['user:s3cret@example.com/'], true, /^no such file: \*\*\*@example\.com\/$/],
  [['# u:s3cret@example.com/'], true, /^no such file: # \*\*\*@example\.com\/$/],
  [['example.com/@me'], true, /^no such file: example\.com\/@me; if it is a URL, write http:\/\/example\.com\/@me$/],
  [['urls.txt', 'status'], true, /^no such file: status$/],
];

for (const [words, implied, message] of REFUSED) {
  test(`refused: trawl ${implied ? '' : 'crawl '}${words.join(' ')}`, () => {
    assert.throws(() => sourceSpecs(words, named(), { ...files('urls.txt'), implied }), { name: 'UsageError', message });
  });
}
