import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findRunFolder, type RunFile, type RunFolder, readRunFile } from '../collector/run-folder.ts';
import { UsageError } from '../model/errors.ts';
import { isRunId, LATEST, type RunId } from '../model/run-id.ts';

/** A run that has a folder on this machine. */
interface FoundRun {
  folder: RunFolder;
  file: RunFile;
}

export interface LocalRun extends FoundRun {
  /** The size of all files in the folder. */
  bytes: number;
}

/** The runs of a data folder. */
interface Found<Run> {
  /** Newest first, by their start. */
  runs: Run[];
  /** One message for each folder that has the name of a run but cannot be read. */
  problems: string[];
}

/** Lists every run in the data folder; none if the folder does not exist. A damaged run does not hide the others. */
export async function listLocalRuns(dataDir: string): Promise<Found<LocalRun>> {
  const { runs: found, problems } = await findRuns(dataDir);
  const runs: LocalRun[] = [];
  for (const run of found) {
    try {
      runs.push({ ...run, bytes: await sizeOf(run.folder.path) });
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  return { runs, problems };
}

/** The id of a run that the user named. `latest` is the run in the data folder that started last. Rejects with UsageError if there is none. */
export async function localRunNamed(dataDir: string, what: string): Promise<RunId> {
  if (what !== LATEST) return what;
  const [latest] = (await findRuns(dataDir)).runs;
  if (latest === undefined) throw new UsageError(`there is no latest run: ${dataDir} has no runs; name another folder with --data-dir DIR`);
  return latest.folder.run;
}

/** What must be known about a run to find the one before it. */
export interface Successor {
  /** The id of the run, if it has one yet. */
  run?: RunId;
  /** The run that the same schedule started before. */
  previous?: RunId;
  /** Default: now. */
  startedAt?: string;
  /** The names of the run's sources. */
  sources: readonly string[];
}

/**
 * Finds the run before this one in the data folder: the run that the same schedule started before or, without a schedule, the last run that had the same sources and has ended. Undefined if there is none, or if it
 * was removed.
 */
export async function previousRun(dataDir: string, { run, previous, startedAt, sources }: Successor): Promise<RunId | undefined> {
  if (previous !== undefined) return (await findRunFolder(dataDir, previous)) === undefined ? undefined : previous;
  if (sources.length === 0) return undefined;
  const names = sources.join('\n');
  const before = (await findRuns(dataDir)).runs.find(
    ({ folder, file }) =>
      folder.run !== run &&
      file.summary.state === 'ended' &&
      (startedAt === undefined || file.summary.startedAt < startedAt) &&
      sourceNames(file).join('\n') === names,
  );
  return before?.folder.run;
}

/** The names of the sources: as the command line gave them or, for a run that a collector wrote, as its rows name them. */
export function sourceNames({ summary, begun }: RunFile): readonly string[] {
  return begun?.sources.map(({ name }) => name) ?? summary.sources ?? [];
}

async function findRuns(dataDir: string): Promise<Found<FoundRun>> {
  const runs: FoundRun[] = [];
  const problems: string[] = [];
  for (const name of await namesIn(dataDir)) {
    try {
      const folder = await findRunFolder(dataDir, name);
      if (folder !== undefined) runs.push({ folder, file: await readRunFile(folder) });
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  runs.sort((a, b) => compare(b.file.summary.startedAt, a.file.summary.startedAt) || compare(b.folder.run, a.folder.run));
  return { runs, problems };
}

async function namesIn(dataDir: string): Promise<string[]> {
  try {
    return (await readdir(dataDir)).filter(isRunId);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new UsageError(`cannot read ${dataDir}: ${(error as Error).message}`, { cause: error });
  }
}

async function sizeOf(path: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(path)) {
    // A temporary file may have been renamed since the folder was read.
    bytes += (await stat(join(path, name)).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
