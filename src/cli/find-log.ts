import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { findRunFolder, type RunFolder, readRunFile } from '../collector/run-folder.ts';
import { UsageError } from '../model/errors.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { RunSummary } from '../model/run-summary.ts';
import { readOutcomes } from '../report/read-outcomes.ts';
import { Tally } from '../report/tally/tally.ts';
import { compressedName, findLogFile } from '../util/log-file.ts';
import { localRunNamed, sourceNames } from './local-runs.ts';

/** An outcome log, and what is known about its run. */
export interface FoundLog {
  summary: RunSummary;
  file: string;
  /** The options of the run, as far as they are known. */
  options: Partial<RunOptions>;
  /** The names of the run's sources, as far as they are known. */
  sources: readonly string[];
}

/**
 * Finds a log by `latest`, by the id of a run in the data folder, by the folder of a run, or by a file of outcomes. The summary of a log without a `run.json` is made from
 * its rows. Rejects with UsageError if there is no such log.
 */
export async function findLog(dataDir: string, what: string): Promise<FoundLog> {
  const named = await findRunFolder(dataDir, await localRunNamed(dataDir, what));
  if (named !== undefined) return ofFolder(named);
  // The user may give the name of a plain log that has been compressed since.
  const found = await stat((await findLogFile(what).catch(() => undefined))?.path ?? what).catch(() => undefined);
  if (found === undefined)
    throw new UsageError(`no run ${what} in ${dataDir}, and no such file: if it is in another folder, name that with --data-dir DIR`);
  const path = resolve(what);
  const folderPath = found.isDirectory() ? path : dirname(path);
  const folder = await findRunFolder(dirname(folderPath), basename(folderPath));
  if (folder !== undefined && (found.isDirectory() || logNames(folder).includes(basename(path)))) return ofFolder(folder);
  if (found.isDirectory()) throw new UsageError(`${what} is not the folder of a run: it has no run.json`);
  return sumUp(what);
}

function logNames({ outcomesFile }: RunFolder): string[] {
  return [outcomesFile, compressedName(outcomesFile)].map((path) => basename(path));
}

async function ofFolder(folder: RunFolder): Promise<FoundLog> {
  if ((await findLogFile(folder.outcomesFile)) === undefined)
    throw new UsageError(`run ${folder.run} has no outcomes yet: nothing has been collected into ${folder.path}`);
  const runFile = await readRunFile(folder);
  const { summary, options = {} } = runFile;
  return { summary, file: folder.outcomesFile, options, sources: sourceNames(runFile) };
}

/** Makes the summary of a log from its rows. Counts that rows do not contain, such as duplicates, are 0. */
async function sumUp(file: string): Promise<FoundLog> {
  const tally = new Tally();
  const runs = new Set<string>();
  let [startedAt, endedAt] = ['', ''];
  let discovered = 0;
  let fragments = false;
  for await (const outcome of readOutcomes(file)) {
    tally.add(outcome);
    runs.add(outcome.run);
    if (outcome.depth > 0) discovered++;
    fragments ||= outcome.anchors !== undefined || outcome.fragments !== undefined;
    const from = outcome.startedAt ?? outcome.finishedAt;
    if (startedAt === '' || from < startedAt) startedAt = from;
    if (outcome.finishedAt > endedAt) endedAt = outcome.finishedAt;
  }
  const { rows, ok, failed, skipped } = tally.figures();
  const books = {
    submitted: rows - discovered,
    duplicates: 0,
    accepted: rows - discovered,
    discovered,
    rows,
    ok,
    failed,
    skipped,
    balanced: true,
  };
  return { summary: { run: [...runs].join(', '), state: 'ended', startedAt, endedAt, books }, file, options: { fragments }, sources: [] };
}
