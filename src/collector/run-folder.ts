import { randomUUID } from 'node:crypto';
import { access, mkdir, readFile, rmdir, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../model/errors.ts';
import { isRunId, type RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { Books, RunSummary } from '../model/run-summary.ts';
import { duringShortage } from '../model/shortage.ts';
import { findLogFile } from '../util/log-file.ts';
import { createFile, replaceFile, syncFolder } from './atomic-file.ts';
import { asDiskError, diskRemedy } from './disk-error.ts';
import { redactHeaders } from './redact-headers.ts';

/** The folder with a run's log, checkpoint and summary. */
export interface RunFolder {
  run: RunId;
  path: string;
  /** Path of the plain log. The log may be compressed instead: open it with `util/log-file.ts`. */
  outcomesFile: string;
  checkpointFile: string;
  runFile: string;
  /** Unique name of this folder, with which an engine ensures that a run has only one log. */
  identity: string;
  /** True if this process has just created it. */
  isNew: boolean;
}

/** Contents of `run.json`: the summary, and what is needed to resume the run. */
export interface RunFile {
  summary: RunSummary;
  /** The run's options, with secrets redacted; absent until its collector has started. */
  options?: RunOptions;
  /** How the crawl that made this folder was started; absent if a collector made it. */
  begun?: Begun;
}

/** What is needed to start the crawl again. */
export interface Begun {
  engine: 'memory' | 'redis';
  /** The sources as named on the command line, to be read again. */
  sources: readonly RecordedSource[];
}

/** A source: its name, with credentials masked, and for a file its absolute path (`at`). */
export interface RecordedSource {
  kind: 'file' | 'stdin' | 'url' | 'list-url' | 'sitemap';
  name: string;
  at?: string;
  /** How it was read, if options said so. */
  reading?: object;
}

const SCHEMA = 1;
const NO_BOOKS: Books = {
  submitted: 0,
  duplicates: 0,
  accepted: 0,
  discovered: 0,
  rows: 0,
  ok: 0,
  failed: 0,
  skipped: 0,
  balanced: false,
};

/**
 * Returns the run's folder, after creating it if it is missing. Several processes may call this at the same time; they
 * get the same identity. Rejects with UsageError if the folder cannot be written.
 *
 * @param beginning what `run.json` says from the start if the folder is created. Secrets are redacted.
 */
export async function openRunFolder(
  dataDir: string,
  run: RunId,
  startedAtMs: number = Date.now(),
  beginning: Pick<RunFile, 'begun' | 'options'> = {},
): Promise<RunFolder> {
  if (!isRunId(run)) throw new UsageError(`not a run id: ${run}`);
  const path = join(dataDir, run);
  const runFile = join(path, 'run.json');
  try {
    await makeDataDir(dataDir);
    await mkdir(path, { recursive: true });
    const summary: RunSummary = { run, state: 'running', startedAt: new Date(startedAtMs).toISOString(), books: NO_BOOKS };
    const isNew = !(await exists(runFile)) && (await createFile(runFile, formatRunFile(randomUUID(), { summary, ...beginning })));
    if (isNew) await syncFolder(dataDir);
    const folder = await findRunFolder(dataDir, run);
    if (folder === undefined) throw new UsageError(`${runFile} disappeared while it was being created`);
    return { ...folder, isNew };
  } catch (error) {
    const remedy = diskRemedy(error);
    if (remedy === undefined) throw error;
    throw new UsageError(`cannot write in ${path}: ${remedy}, or choose another folder with --data-dir`, { cause: error });
  }
}

/** Returns the run's folder; undefined if there is none in this data folder. */
export async function findRunFolder(dataDir: string, run: RunId): Promise<RunFolder | undefined> {
  if (!isRunId(run)) return undefined;
  const path = join(dataDir, run);
  const runFile = join(path, 'run.json');
  if (!(await exists(runFile))) return undefined;
  const { identity } = await parseRunFile(runFile);
  return {
    run,
    path,
    outcomesFile: join(path, 'outcomes.ndjson'),
    checkpointFile: join(path, 'checkpoint.json'),
    runFile,
    identity,
    isNew: false,
  };
}

/** Reads the folder's `run.json`. Rejects with UsageError if it is damaged. */
export async function readRunFile(folder: RunFolder): Promise<RunFile> {
  const { identity: _, ...file } = await parseRunFile(folder.runFile);
  return file;
}

/** Replaces the folder's `run.json` atomically. Secrets are redacted. Rejects with CollectorDiskError. */
export async function writeRunFile(folder: RunFolder, file: RunFile): Promise<void> {
  try {
    await replaceFile(folder.runFile, formatRunFile(folder.identity, file));
  } catch (error) {
    throw asDiskError(folder.run, folder.runFile, error);
  }
}

/**
 * Removes a folder that this process created for a run that another collector turned out to have. A folder with a log
 * is kept.
 */
export async function discardRunFolder(folder: RunFolder): Promise<void> {
  if (!folder.isNew || (await exists(folder.checkpointFile)) || (await findLogFile(folder.outcomesFile)) !== undefined) return;
  await unlink(folder.runFile).catch(() => {});
  await rmdir(folder.path).catch(() => {});
}

/**
 * Creates the data folder. If that creates a folder named `.trawl`, adds a `.gitignore` to it, so that Git ignores it.
 */
async function makeDataDir(dataDir: string): Promise<void> {
  const created = await mkdir(dataDir, { recursive: true });
  if (created === undefined) return;
  for (let folder = resolve(dataDir); folder !== dirname(folder); folder = dirname(folder)) {
    if (basename(folder) !== '.trawl') continue;
    await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    return;
  }
}

function formatRunFile(identity: string, { summary, options, begun }: RunFile): string {
  const rest = { ...(options !== undefined && { options: redactHeaders(options) }), ...(begun !== undefined && { begun }) };
  const value = { schema: SCHEMA, ...summary, folder: identity, ...rest };
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

async function parseRunFile(path: string): Promise<RunFile & { identity: string }> {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(await duringShortage(() => readFile(path, 'utf8')));
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
  const { schema, folder, options, begun, ...summary } = value ?? {};
  if (typeof schema === 'number' && schema > SCHEMA)
    throw new UsageError(`${path} was written by a newer version of Trawl: use that version`);
  if (schema !== SCHEMA || typeof folder !== 'string')
    throw new UsageError(`${path} is damaged: restore it from a backup, or remove its folder`);
  return {
    identity: folder,
    summary: summary as unknown as RunSummary,
    ...(options !== undefined && { options: options as RunOptions }),
    ...(begun !== undefined && { begun: begun as Begun }),
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}
