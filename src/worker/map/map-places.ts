import { access, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { UsageError } from '../../model/errors.ts';

/** A file of this name marks a folder in which bodies are saved. */
export const BODIES_MARK = '.trawl-bodies';

/** Takes a line that a module printed. */
export type PrintModuleLine = (line: string) => void;

/** Where a process may take map modules from, and where what they print goes. */
export interface MapPlaces {
  /** Relative paths begin here, and the modules that runs on a shared Redis name lie below it. */
  root: string;
  /** The path that this process's own command line names. Whoever started the process may run any code in it, so this one may lie anywhere. */
  own?: string;
  /** Folders that hold what was fetched: no run's module is taken from below them. */
  fetched: readonly string[];
  /** Takes what modules print; without it, that goes to stderr. */
  print?: PrintModuleLine;
}

/**
 * The absolute path of a map module, with symbolic links resolved. A run on Redis names its module, and whoever may write to Redis may name any file: so only files below the root become code, and
 * never a page that was saved there.
 *
 * Rejects with UsageError, which says what to do, if there is no such file or it may not be used.
 */
export async function findMapModule(path: string, { root, own, fetched }: MapPlaces): Promise<string> {
  const named = resolve(root, path);
  const modulePath = await realpath(named).catch(() => undefined);
  if (modulePath === undefined || !(await stat(modulePath)).isFile())
    throw new UsageError(`there is no map module ${path} (${named}): --map FILE is a path from ${rootText(root)}`);
  if (path === own) return modulePath;
  const realRoot = await realpath(root).catch(() => resolve(root));
  if (!isBelow(modulePath, realRoot)) {
    throw new UsageError(
      `the map module ${path} is refused: ${modulePath} is outside ${realRoot}, and this process loads the modules of runs only from there; move it there, or start this process with --maps DIR (TRAWL_MAPS)`,
    );
  }
  const pages = await folderOfPages(modulePath, realRoot, fetched);
  if (pages !== undefined) {
    throw new UsageError(
      `the map module ${path} is refused: it is in ${pages}, which holds fetched pages, and those are never run; keep modules in another folder and name it with --maps DIR (TRAWL_MAPS)`,
    );
  }
  return modulePath;
}

/** The folder of fetched pages that the file is in: one that is known, or one that another process has marked. */
async function folderOfPages(modulePath: string, realRoot: string, fetched: readonly string[]): Promise<string | undefined> {
  for (const folder of fetched) {
    const real = await realpath(folder).catch(() => resolve(folder));
    if (isBelow(modulePath, real)) return real;
  }
  for (let folder = dirname(modulePath); folder === realRoot || isBelow(folder, realRoot); folder = dirname(folder)) {
    const isMarked = await access(join(folder, BODIES_MARK)).then(
      () => true,
      () => false,
    );
    if (isMarked) return folder;
    if (folder === realRoot) break;
  }
  return undefined;
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && resolve(folder, way) === path;
}

function rootText(root: string): string {
  return resolve(root) === resolve() ? 'the working directory' : `${resolve(root)}, the folder of --maps`;
}
