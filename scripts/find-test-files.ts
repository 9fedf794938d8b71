import { readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

/**
 * The test files under `test/`, sorted, relative to the root: all of them, or those that a pattern names. A pattern is a file,
 * a folder or a part of the path; one that matches nothing is an error, so that a misspelt name never passes as a success.
 */
export function findTestFiles(root: string, patterns: readonly string[]): string[] {
  const all = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join('test', file).split(sep).join('/'))
    .sort();
  if (patterns.length === 0 && all.length === 0) throw new Error('there is no test file under test/');
  const chosen = patterns.map((pattern) => {
    const wanted = relative(root, resolve(pattern)).split(sep).join('/');
    const exact = all.filter((file) => file === wanted || file.startsWith(`${wanted}/`));
    const matches = exact.length > 0 ? exact : all.filter((file) => file.includes(pattern));
    if (matches.length === 0) throw new Error(`no test file matches "${pattern}"`);
    return matches;
  });
  const wanted = new Set(chosen.flat());
  return patterns.length === 0 ? all : all.filter((file) => wanted.has(file));
}
