import { dirname, relative, sep } from 'node:path';

/** First path segments of a code host's pages, after `OWNER/REPOSITORY/`. */
const PAGES =
  'actions|archive|assets|blame|blob|branches|commit|commits|community|compare|contributors|deployments|discussions|edit|forks|fork|graphs|issues|labels|milestone|milestones|network|new|packages|projects|pull|pulls|pulse|raw|releases|security|settings|sponsors|stargazers|suites|tags|tree|watchers|wiki|workflows';
const UPWARDS = new RegExp(`^(?:\\./)*((?:\\.\\./)+)(?:${PAGES})(?:[/?#]|$)`);

const ABOVE = new RegExp(`^\\.\\./\\.\\./(?:${PAGES})(?:/|$)`);

/**
 * True if a relative link leads to a page of the code host, such as `../../issues`. The host shows a file at
 * `OWNER/REPOSITORY/blob/BRANCH/PATH`, so two folders above the root of the repository are the repository's other
 * pages.
 *
 * @param written the link as written; a link in HTML is already resolved
 * @param target absolute path of its target
 * @param path absolute path of the document
 * @param rootDir absolute path of the repository's root
 */
export function isRepositoryPage(written: string, target: string, path: string, rootDir: string): boolean {
  if (!target.startsWith(rootDir) && ABOVE.test(relative(rootDir, target).split(sep).join('/'))) return true;
  // If the repository is near the root of the disk, the target cannot be two folders above it, so look at the written
  // link.
  const up = UPWARDS.exec(written)?.[1];
  if (up === undefined) return false;
  const below = relative(rootDir, dirname(path));
  const depth = below === '' ? 0 : below.split(sep).length;
  return !below.startsWith('..') && up.length / '../'.length === depth + 2;
}
