import { collect as collectRun } from '../../collector/collect.ts';
import { collectRuns } from '../../collector/collect-runs.ts';
import { findRunFolder, openRunFolder, type RunFolder, readRunFile, writeRunFile } from '../../collector/run-folder.ts';
import type { Engine } from '../../engine/engine.ts';
import { UnknownRunError, UsageError } from '../../model/errors.ts';
import type { RunId } from '../../model/run-id.ts';
import type { RunSummary } from '../../model/run-summary.ts';
import { checkFragments, type FragmentFindings } from '../../report/links/fragments.ts';
import { linkNotes } from '../../report/links/link-notes.ts';
import type { Reducer } from '../../report/reducer.ts';
import { totalLine } from '../../report/tally/tally.ts';
import { connectionRoom, readDescriptors } from '../../worker/descriptor-room.ts';
import type { CommandContext } from '../command-context.ts';
import { enqueueAgain } from '../continue-run.ts';
import { type ExitCode, exitCodeOfRun, worstExitCode } from '../exit-code.ts';
import { booksText } from '../messages/end-of-run.ts';
import { openUnlessStopped, runOnRedis } from '../open-engine.ts';
import { pruneRegularly } from '../prune/prune-regularly.ts';
import { openReducer, reduceRun } from '../reduce-run.ts';
import { passesGates, readGateInputs } from '../run-gates.ts';
import { stoppedCode } from '../shutdown.ts';

/** `trawl collect [RUN...]`: collects the named runs until they end or, without names, every run that no other collector has, until a signal. */
export async function collect(context: CommandContext): Promise<ExitCode> {
  const { config, words, log, shutdown } = context;
  if (words.length === 0 && config.report.reduce !== undefined)
    throw new UsageError('--reduce is for one run: name it, trawl collect RUN --reduce FILE');
  const { dryRun: _, interrupted: __, ...rules } = config.prune;
  const prunes = words.length === 0 && Object.keys(rules).length > 0;
  const engine = await openUnlessStopped(context, words.length > 0 ? 'once-begun' : 'always');
  if (engine === undefined) return stoppedCode(shutdown);
  try {
    if (words.length > 0) {
      const runs = new Set(await Promise.all(words.map((word) => runOnRedis(engine, word))));
      return worstExitCode(await Promise.all([...runs].map((run) => collectNamed(context, engine, run))));
    }
    const { dataDir } = config.process;
    await Promise.all([
      collectRuns(engine, dataDir, log, shutdown.signal, { atOnce: await runsAtOnce() }),
      prunes && pruneRegularly({ dataDir, engine, rules, pid: process.pid, log }, shutdown.signal),
    ]);
    return stoppedCode(shutdown);
  } finally {
    await engine.close();
  }
}

/** File descriptors that a run needs: its log and, for short times, its checkpoint and its folder. */
const DESCRIPTORS_PER_RUN = 3;
const MAX_AT_ONCE = 100;

/** The number of runs for which there are enough descriptors. */
async function runsAtOnce(): Promise<number> {
  const descriptors = await readDescriptors();
  if (descriptors === undefined) return MAX_AT_ONCE;
  return Math.min(MAX_AT_ONCE, Math.max(1, Math.floor(connectionRoom(descriptors, 0) / DESCRIPTORS_PER_RUN)));
}

async function collectNamed(context: CommandContext, engine: Engine, run: RunId): Promise<ExitCode> {
  const { config, log, shutdown, tell } = context;
  await refuseUnknown(context, engine, run);
  const { schedule } = await engine.options(run);
  const inputs = await readGateInputs(context, {
    run,
    sources: [],
    ...(schedule?.previous !== undefined && { previous: schedule.previous }),
  });
  const reducer = await openReducer(context);
  const folder = await openRunFolder(config.process.dataDir, run);
  const summary = await collectRun(engine, run, folder, {}, log, shutdown.signal);
  log.info({ event: 'run-ended', run, folder: folder.path, state: summary.state }, totalLine(summary.books));
  const fragments = await checkedFragments(folder, summary);
  for (const note of linkNotes(summary.books, fragments)) log.info({ event: 'link-note', run }, note);
  if (reducer !== undefined && summary.state === 'ended') await keepResult(context, folder, summary, reducer);
  if (summary.state === 'ended' && !summary.books.balanced) tell(booksText(summary));
  return exitCodeOfRun(summary, await passesGates(context, inputs, summary, folder.outcomesFile, fragments), shutdown.received());
}

/** Rejects with UnknownRunError if Redis does not have the run: it must not get a folder. */
async function refuseUnknown({ config }: CommandContext, engine: Engine, run: RunId): Promise<void> {
  try {
    await engine.counts(run);
  } catch (error) {
    if (!(error instanceof UnknownRunError)) throw error;
    const folder = await findRunFolder(config.process.dataDir, run);
    if (folder === undefined) throw error;
    const { summary, begun } = await readRunFile(folder);
    const advice =
      summary.state === 'ended'
        ? `it has ended, and ${folder.path} holds its results: trawl report ${run}`
        : begun === undefined
          ? enqueueAgain(run)
          : `to continue it: trawl --continue ${run}`;
    throw new UnknownRunError(`${error.message}; ${advice}`, { cause: error });
  }
}

/** Checks the fragments if the run has `--fragments`. */
async function checkedFragments(folder: RunFolder, { sources = [] }: RunSummary): Promise<FragmentFindings | undefined> {
  const { options } = await readRunFile(folder);
  return options?.fragments ? checkFragments(folder.outcomesFile, sources) : undefined;
}

/** A longer result is not stored in `run.json`, because every command that shows the run reads that file. */
const MAX_RESULT_CHARS = 1_000_000;

/** Stores the result of the reduce module in the run's `run.json`, where all reports find it. */
async function keepResult({ log }: CommandContext, folder: RunFolder, summary: RunSummary, reducer: Reducer): Promise<void> {
  const { run, outcomesFile } = folder;
  const { value, text } = await reduceRun(reducer, summary, outcomesFile);
  if (text.length > MAX_RESULT_CHARS) {
    log.warn(
      { event: 'result-too-long', run },
      `the result is too long for run.json; to write it to a file: trawl report ${run} --reduce ${reducer.path} -f result -o FILE`,
    );
    return;
  }
  await writeRunFile(folder, { ...(await readRunFile(folder)), summary: { ...summary, result: value } });
}
