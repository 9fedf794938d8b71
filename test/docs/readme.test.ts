import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { withOptionTable } from '../../scripts/readme-options.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

test('the option table of README is that of the program (npm run docs writes it)', () => {
  const readme = read('README.md');
  assert.equal(withOptionTable(readme), readme);
  assert.match(readme, /`--host-concurrency N`/);
});

for (const example of ['enqueue-with-bullmq', 'titles', 'csv']) {
  test(`the example ${example} stands in README as it is run by the tests`, () => {
    assert.ok(read('README.md').includes(`\`\`\`js\n${read(`examples/${example}.mjs`)}\`\`\``));
  });
}

test('the example table of README is the one that the report is tested against', () => {
  const golden = read('test/report/golden/exercise.table.golden');
  assert.ok(read('README.md').includes(`\`\`\`\n${golden}\`\`\``));
});

test('every file that README and docs name exists', () => {
  for (const page of ['README.md', 'CONTRIBUTING.md', 'docs/architecture.md']) {
    const named = [...read(page).matchAll(/`((?:src|docs|test|scripts|examples|benchmarks)\/[\w./-]+\.(?:ts|md|txt|mjs))`/g)].map(
      (match) => match[1] as string,
    );
    const linked = [...read(page).matchAll(/\]\(((?!https?:|#)[^)#]+)\)/g)].map((match) => match[1] as string);
    for (const path of [...named, ...linked])
      assert.ok(existsSync(new URL(path, new URL(page, root))) || existsSync(new URL(path, root)), `${page} names ${path}`);
  }
});
