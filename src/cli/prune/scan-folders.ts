import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findRunFolder, type RunFile, type RunFolder, readRunFile } from '../../collector/run-folder.ts';
import { UsageError } from '../../model/errors.ts';
import { isRunId } from '../../model/run-id.ts';
import type { Removable } from './prune-plan.ts';

/** A folder is renamed to this prefix and the id of its run before it is removed. No run id begins with a dot. */
export const REMOVED_PREFIX = '.removed-';

/** The files that Trawl writes into the folder of a run, including temporary ones. */
const OWN_FILE = /^(?:run\.json|checkpoint\.json|outcomes\.ndjson(?:\.tmp)?(?:\.gz)?|lock|(?:run|checkpoint)\.json\.tmp)$/;
/** Temporary files with a random name, which are renamed when they are complete. */
const OWN_DRAFT = /^(?:run\.json|checkpoint\.json|lock)\.[0-9a-f-]{36}(?:\.tmp)?$|^waiting\.tmp$/;

export function isOwnFile(name: string): boolean {
  return OWN_FILE.test(name) || OWN_DRAFT.test(name);
}

/** The folder of a run in which Trawl wrote every file. */
export interface ScannedRun extends Removable {
  folder: RunFolder;
  file: RunFile;
  /** `over`: the run will get no more rows. `unfinished`: it is running, was interrupted, or was not collected to its end. */
  standing: 'over' | 'unfinished';
}

/** Something in the data folder that is left as it is. */
export interface LeftAlone {
  path: string;
  why: string;
}

interface ScannedFolder {
  runs: ScannedRun[];
  left: LeftAlone[];
  /** The names of folders whose removal was interrupted. */
  halfRemoved: string[];
  /** The size of all folders of runs, including those that are left alone. */
  bytes: number;
}

/** Scans a data folder. Symbolic links are not followed. A folder that cannot be read does not hide the others. */
export async function scanFolders(dataDir: string): Promise<ScannedFolder> {
  const found: ScannedFolder = { runs: [], left: [], halfRemoved: [], bytes: 0 };
  for (const entry of await entriesOf(dataDir)) {
    const path = join(dataDir, entry.name);
    if (entry.isDirectory() && entry.name.startsWith(REMOVED_PREFIX)) {
      found.halfRemoved.push(entry.name);
      continue;
    }
    // Hidden files such as `.gitignore` and `.DS_Store` are not runs.
    if (entry.name.startsWith('.')) continue;
    try {
      const scanned = entry.isDirectory() ? await scanFolder(dataDir, entry.name) : notARun(entry);
      if ('bytes' in scanned) found.bytes += scanned.bytes;
      if ('why' in scanned) found.left.push({ path, why: scanned.why });
      else found.runs.push(scanned);
    } catch (error) {
      found.left.push({ path, why: (error as Error).message });
    }
  }
  return found;
}

function notARun(entry: Dirent): { why: string } {
  return { why: entry.isSymbolicLink() ? 'it is a symbolic link' : 'it is not the folder of a run' };
}

async function scanFolder(dataDir: string, name: string): Promise<ScannedRun | { why: string; bytes?: number }> {
  const folder = isRunId(name) ? await findRunFolder(dataDir, name) : undefined;
  if (folder === undefined) return { why: 'it is not the folder of a run: there is no run.json in it' };
  const { bytes, foreign, newestMs } = await contentsOf(folder.path);
  if (foreign !== undefined) return { why: `${foreign} in it was not written by trawl`, bytes };
  const file = await readRunFile(folder);
  const { run, state, endedAt } = file.summary;
  if (run !== name) return { why: `it is a copy of run ${run}`, bytes };
  // A stopped watch counts as over, because it cannot be continued.
  const isOver = state === 'ended' || (state === 'stopped' && file.options?.independent === true);
  const endedMs = endedAt === undefined ? newestMs : Date.parse(endedAt);
  if (Number.isNaN(endedMs)) return { why: 'its run.json does not say when it ended', bytes };
  return { run, folder, file, bytes, endedMs, standing: isOver ? 'over' : 'unfinished' };
}

/** The size of a folder, the first file in it that Trawl did not write, and the time of the last change to a file. */
async function contentsOf(path: string): Promise<{ bytes: number; foreign?: string; newestMs: number }> {
  let bytes = 0;
  let newestMs = 0;
  let foreign: string | undefined;
  for (const name of await readdir(path)) {
    // A temporary file may have been renamed since the folder was read.
    const found = await lstat(join(path, name)).catch(() => undefined);
    if (found === undefined) continue;
    bytes += found.size;
    newestMs = Math.max(newestMs, found.mtimeMs);
    if (!found.isFile() || !isOwnFile(name)) foreign ??= name;
  }
  return { bytes, newestMs, ...(foreign !== undefined && { foreign }) };
}

async function entriesOf(dataDir: string): Promise<Dirent[]> {
  try {
    return await readdir(dataDir, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new UsageError(`cannot read ${dataDir}: ${(error as Error).message}`, { cause: error });
  }
}
