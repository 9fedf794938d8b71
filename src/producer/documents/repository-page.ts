import { dirname, relative, sep } from 'node:path';

/** What stands behind `OWNER/REPOSITORY/` in the pages of a code host. */
const PAGES =
  'actions|archive|assets|blame|blob|branches|commit|commits|community|compare|contributors|deployments|discussions|edit|forks|fork|graphs|issues|labels|milestone|milestones|network|new|packages|projects|pull|pulls|pulse|raw|releases|security|settings|sponsors|stargazers|suites|tags|tree|watchers|wiki|workflows';
const UPWARDS = new RegExp(`^(?:\\./)*((?:\\.\\./)+)(?:${PAGES})(?:[/?#]|$)`);

const ABOVE = new RegExp(`^\\.\\./\\.\\./(?:${PAGES})(?:/|$)`);

/**
 * Whether a relative link leads to a page of the code host, such as `../../issues`. A file is shown at `OWNER/REPOSITORY/blob/BRANCH/` and its path, so that two folders above the root of the
 * repository are its other pages.
 *
 * @param written the link, which is known as it was resolved if it is one of HTML
 * @param target where it leads, an absolute path
 * @param path of the document, absolute
 * @param rootDir root of the repository, absolute
 */
export function isRepositoryPage(written: string, target: string, path: string, rootDir: string): boolean {
  if (!target.startsWith(rootDir) && ABOVE.test(relative(rootDir, target).split(sep).join('/'))) return true;
  // Near the root of the disk there are no two folders above the repository.
  const up = UPWARDS.exec(written)?.[1];
  if (up === undefined) return false;
  const below = relative(rootDir, dirname(path));
  const depth = below === '' ? 0 : below.split(sep).length;
  return !below.startsWith('..') && up.length / '../'.length === depth + 2;
}
