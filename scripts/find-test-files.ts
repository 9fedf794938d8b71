import { readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

/** `npm test` skips files with this ending; `npm run test:all` runs them too. */
const SLOW = '.slow.test.ts';

/**
 * Finds the test files under `test/`, sorted, relative to the root. Without a pattern, these are the core tests, or all tests with `all`.
 * With patterns, these are all files that match one of them, slow or not. A pattern is a file, a folder or a part of the path.
 * A pattern that matches nothing is an error, so that a misspelt name does not look like a success.
 */
export function findTestFiles(root: string, patterns: readonly string[], { all }: { all: boolean }): string[] {
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join('test', file).split(sep).join('/'))
    .sort();
  if (patterns.length === 0) {
    const chosen = all ? files : files.filter((file) => !file.endsWith(SLOW));
    if (chosen.length === 0) throw new Error('there is no test file under test/');
    return chosen;
  }
  const wanted = new Set(patterns.flatMap((pattern) => matchesOf(root, files, pattern)));
  return files.filter((file) => wanted.has(file));
}

function matchesOf(root: string, files: readonly string[], pattern: string): string[] {
  const path = relative(root, resolve(pattern)).split(sep).join('/');
  const exact = files.filter((file) => file === path || file.startsWith(`${path}/`));
  const matches = exact.length > 0 ? exact : files.filter((file) => file.includes(pattern));
  if (matches.length === 0) throw new Error(`no test file matches "${pattern}"`);
  return matches;
}
