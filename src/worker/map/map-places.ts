import { access, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { UsageError } from '../../model/errors.ts';

/** A file with this name marks a folder in which bodies are saved. */
export const BODIES_MARK = '.trawl-bodies';

/** Receives each line that a module prints. */
export type PrintModuleLine = (line: string) => void;

/** Where a process may load map modules from, and where their output goes. */
export interface MapPlaces {
  /** Relative paths start here. Modules that runs on a shared Redis name must be below it. */
  root: string;
  /**
   * The path given on this process's own command line. It may be anywhere, because whoever started the process may run
   * any code in it.
   */
  own?: string;
  /** Folders with fetched content. Modules are never loaded from below them. */
  fetched: readonly string[];
  /** Receives the output of modules; without it, the output goes to stderr. */
  print?: PrintModuleLine;
}

/**
 * Returns the absolute path of a map module, with symbolic links resolved. A run on Redis names its module, and anyone
 * who can write to Redis could name any file. So only files below the root are loaded as code, and never a saved page.
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

/**
 * The folder of fetched pages that contains the file, or undefined: either a configured folder, or one that any process
 * has marked.
 */
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
  const relation = relative(folder, path);
  return relation !== '' && relation !== '..' && !relation.startsWith(`..${sep}`) && resolve(folder, relation) === path;
}

function rootText(root: string): string {
  return resolve(root) === resolve() ? 'the working directory' : `${resolve(root)}, the folder of --maps`;
}
