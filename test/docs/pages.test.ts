import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { withGeneratedParts } from '../../scripts/cli-docs.ts';
import { COMMANDS } from '../../src/options/commands.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(new URL('docs', root), { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`),
]
  .filter((path) => path.endsWith('.md'))
  .sort();

const withoutCode = (markdown: string) => markdown.replaceAll(/`[^`]*`/g, '');

test('the commands and options in docs/cli.md match the program (update with npm run docs)', () => {
  const page = read('docs/cli.md');
  assert.equal(withGeneratedParts(page), page);
  for (const command of COMMANDS) assert.match(page, new RegExp(`^### trawl ${command}\\b`, 'm'));
  assert.match(page, /`--host-concurrency N`/);
});

for (const [example, page] of [
  ['enqueue-with-bullmq', 'docs/cluster.md'],
  ['titles', 'docs/map-reduce.md'],
  ['csv', 'docs/map-reduce.md'],
] as const) {
  test(`${page} shows the example ${example} exactly as it is tested`, () => {
    assert.ok(read(page).includes(`\`\`\`js\n${read(`examples/${example}.mjs`)}\`\`\``));
  });
}

test('the example table in README matches the golden report', () => {
  const golden = read('test/report/golden/exercise.table.golden');
  assert.ok(read('README.md').includes(`\`\`\`\n${golden}\`\`\``));
});

test('README has at most 150 lines and 8 KB', () => {
  const readme = read('README.md');
  assert.ok(readme.split('\n').length <= 150);
  assert.ok(Buffer.byteLength(readme) <= 8_192);
});

test('README links to every guide', () => {
  const readme = read('README.md');
  for (const page of PAGES) if (/^docs\/[\w-]+\.md$/.test(page)) assert.ok(readme.includes(`(${page})`), page);
});

test('every file named in a page exists', () => {
  for (const page of PAGES) {
    const named = [...read(page).matchAll(/`((?:src|docs|test|scripts|examples|benchmarks)\/[\w./-]+\.(?:ts|js|md|txt|mjs))`/g)].map(
      (match) => match[1] as string,
    );
    const linked = [...withoutCode(read(page)).matchAll(/\]\(((?!https?:|#)[^)#]+)\)/g)].map((match) => match[1] as string);
    for (const path of [...named, ...linked])
      assert.ok(existsSync(new URL(path, new URL(page, root))) || existsSync(new URL(path, root)), `${page} names ${path}`);
  }
});
