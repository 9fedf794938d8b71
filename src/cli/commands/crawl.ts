import { once } from 'node:events';
import { CollectorDiskError, diskRemedy } from '../../collector/disk-error.ts';
import { type Begun, openRunFolder, type RunFile, type RunFolder, readRunFile, writeRunFile } from '../../collector/run-folder.ts';
import { crawl as crawlRun } from '../../crawl.ts';
import type { Engine } from '../../engine/engine.ts';
import { FrontierDiskError, UsageError } from '../../model/errors.ts';
import { type OutcomeLine, readOutcome } from '../../model/lines/outcome-line.ts';
import { redisRemedy } from '../../model/redis-refusal.ts';
import type { ReportFormat } from '../../model/report-formats.ts';
import type { RunId } from '../../model/run-id.ts';
import type { RunOptions } from '../../model/run-options.ts';
import type { RunSummary } from '../../model/run-summary.ts';
import { OPTIONS } from '../../options/option-table.ts';
import type { ReportTarget } from '../../options/pair-reports.ts';
import type { SourceSpec } from '../../producer/sources/source.ts';
import type { Baseline } from '../../report/baseline.ts';
import { linkProblems } from '../../report/links/link-notes.ts';
import { withMark } from '../../report/marked-line.ts';
import { eachRow } from '../../report/read-outcomes.ts';
import type { Reducer } from '../../report/reducer.ts';
import type { RowMeasure } from '../../report/row-measure.ts';
import { escapedForTerminal } from '../../report/shown-text.ts';
import { Tally } from '../../report/tally/tally.ts';
import { systemClock } from '../../util/clock.ts';
import { compressedName } from '../../util/log-file.ts';
import { checkBodyFolder } from '../../worker/body-files.ts';
import { checkMapModule } from '../../worker/map/map-module.ts';
import { namedSources, openInput, openRun } from '../begin-run.ts';
import { type CommandContext, engineSpec, type Output } from '../command-context.ts';
import { checkSameSources, continuedOptions, continuedSources, findBegunRun, recordSources } from '../continue-run.ts';
import { type ExitCode, exitCodeOfRun } from '../exit-code.ts';
import { lockFolder } from '../folder-lock.ts';
import { checkReferredSecrets } from '../header-secrets.ts';
import { localRunNamed, type Successor, sourceNames } from '../local-runs.ts';
import {
  adviceText,
  booksText,
  nothingFetched,
  type StoppedOn,
  stoppedText,
  uncheckedLines,
  unsealedAdvice,
} from '../messages/end-of-run.ts';
import { openUnlessStopped } from '../open-engine.ts';
import { openReducer, withResult } from '../reduce-run.ts';
import { comparedWith, type GateInputs, passesGates, readGateInputs } from '../run-gates.ts';
import { measureOfLog, openMeasure } from '../run-measure.ts';
import { stoppedCode } from '../shutdown.ts';
import { type Standing, startProgress } from '../terminal/progress.ts';
import { withFindings } from '../with-findings.ts';
import { checkTargets, writeReports } from '../write-reports.ts';
import { mapPlaces, workerOptions } from './worker.ts';

/** `trawl crawl [SOURCE...]`: produces, works, collects and reports in this process. With `--continue`, it resumes an interrupted run. */
export async function crawl(context: CommandContext): Promise<ExitCode> {
  const { continueRun: continued, dataDir } = context.config.process;
  if (continued === undefined) return crawlSources(context, await namedSources(context), undefined);
  const continueRun = await localRunNamed(dataDir, continued);
  const { folder, file } = await findBegunRun(dataDir, continueRun);
  if (file.summary.state === 'ended') return reportEnded(context, folder, file);
  if (file.begun?.engine === 'redis' && context.config.process.redisUrl === undefined) {
    throw new UsageError(`run ${continueRun} is on Redis: give --redis URL`);
  }
  const run = continuedOptions(continueRun, context.config, file.options ?? context.config.run);
  const { listUrls, sitemapUrls } = context.config.process;
  const givesSources = context.words.length + listUrls.length + sitemapUrls.length > 0;
  const recorded = file.begun?.sources ?? [];
  const specs = givesSources ? await namedSources(context, recorded[0]?.reading) : continuedSources(continueRun, recorded);
  checkSameSources(continueRun, specs, recorded);
  return crawlSources({ ...context, config: { ...context.config, run } }, specs, folder);
}

/** @param interrupted the folder of the run to continue; undefined for a new run */
async function crawlSources(context: CommandContext, specs: readonly SourceSpec[], interrupted: RunFolder | undefined): Promise<ExitCode> {
  const { config, stdout, log, shutdown } = context;
  const { targets, order } = config.report;
  const sources = await openInput(context, specs);
  if (config.process.work) {
    checkReferredSecrets(context);
    if (config.run.map !== undefined) await checkMapModule(config.run.map, mapPlaces(context));
    if (config.process.saveBodies !== undefined) await checkBodyFolder(config.process.saveBodies);
  }
  const judging = await readJudging(context, await successorOf(specs, interrupted));
  const streams = targets.some((target) => isStreamed(target, order));
  const stream = streams ? streamTo(stdout, shutdown.signal, judging.gateInputs.baseline) : undefined;
  const engine = await openUnlessStopped(context, 'once-begun');
  if (engine === undefined) return stoppedCode(shutdown);
  let unlock: (() => Promise<void>) | undefined;
  try {
    const run = await openRun(context, engine, interrupted?.run);
    const redis = config.process.redisUrl !== undefined;
    // A new folder stores from the start what is needed to continue the run if this process dies.
    const begun: Begun = { engine: redis ? 'redis' : 'memory', sources: recordSources(specs) };
    const folder = interrupted ?? (await openRunFolder(config.process.dataDir, run, Date.now(), { begun, options: config.run }));
    if (!redis && !folder.isNew && interrupted === undefined) {
      // The memory engine does not know a run of another process, and would write a second run into its log.
      throw new UsageError(
        `run ${run} already exists in ${folder.path}: give another id with --run, or continue it: trawl --continue ${run}`,
      );
    }
    if (!redis) unlock = await lockFolder(folder, process.pid);
    if (interrupted !== undefined) await recordBeginning(folder, begun, config.run);
    const job = {
      run,
      sources,
      folder,
      ...(config.process.work && { worker: workerOptions(context) }),
      processes: { wanted: config.process.processes, spec: engineSpec(config.process, 'once-begun') },
      onBatch: async (lines: readonly OutcomeLine[]) => {
        judging.measure?.addLines(lines);
        await stream?.(lines);
      },
      continues: interrupted !== undefined,
    };
    const progress = showProgress(context, () => standingOf(engine, run, config.run.depth > 0), streams);
    const crawling = crawlRun(engine, job, log, shutdown.signal).finally(() => progress?.stop());
    const stoppedOn = { redis, repeatable: sources.every(({ live }) => !live) };
    const summary = await crawling.catch((error) => {
      if (!redis) throw withoutCollecting(folder, error);
      if (error instanceof Error && redisRemedy(error.message) !== undefined)
        context.tell(`run ${run} is not complete: ${unsealedAdvice(run, stoppedOn.repeatable)}`);
      throw error;
    });
    return await conclude(context, engine, summary, folder.outcomesFile, stoppedOn, judging);
  } finally {
    await unlock?.();
    await engine.close();
  }
}

/** What is needed besides the log to make the report and to judge the run. */
interface Judging {
  gateInputs: GateInputs;
  reducer: Reducer | undefined;
  /** Gets every row while it is written. */
  measure: RowMeasure | undefined;
}

/** Reads the files for it, before anything is fetched. Rejects with UsageError if one cannot be used. */
async function readJudging(context: CommandContext, of: Successor): Promise<Judging> {
  const gateInputs = await readGateInputs(context, of);
  return { gateInputs, reducer: await openReducer(context), measure: openMeasure(context.config.report, gateInputs) };
}

async function successorOf(specs: readonly SourceSpec[], interrupted: RunFolder | undefined): Promise<Successor> {
  const sources = recordSources(specs).map(({ name }) => name);
  if (interrupted === undefined) return { sources };
  const { run, startedAt } = (await readRunFile(interrupted)).summary;
  return { run, startedAt, sources };
}

/** Stores what is needed to continue the run if this process dies. Called before anything is fetched. */
async function recordBeginning(folder: RunFolder, begun: Begun, options: RunOptions): Promise<void> {
  const { summary } = await readRunFile(folder);
  await writeRunFile(folder, { summary: { ...summary, state: 'running' }, options, begun });
}

/** Makes the report of a run that has already ended, since there is nothing to continue. */
async function reportEnded(context: CommandContext, { run, outcomesFile: file }: RunFolder, runFile: RunFile): Promise<ExitCode> {
  const { config, tell } = context;
  const { summary, options } = runFile;
  const { targets, order } = config.report;
  const { gateInputs, reducer } = await readJudging(context, { ...summary, sources: sourceNames(runFile) });
  await checkTargets(targets, [file, compressedName(file)]);
  tell(`run ${run} has already ended: nothing is left to fetch`);
  const input = await withFindings(context, { summary, file, order, ...comparedWith(gateInputs) }, options ?? {});
  await writeReports(targets, await withResult(reducer, input), context);
  return exitCodeOfRun(summary, await passesGates(context, gateInputs, summary, file, input.findings?.fragments));
}

/** Writes the reports, prints the messages about the end of the run, and returns the exit code. */
async function conclude(
  context: CommandContext,
  engine: Engine,
  summary: RunSummary,
  file: string,
  stoppedOn: StoppedOn,
  { gateInputs, reducer, measure }: Judging,
): Promise<ExitCode> {
  const { config, shutdown, tell } = context;
  const { targets, order } = config.report;
  const closed = shutdown.outputClosed();
  const later = targets.filter((target) => !isStreamed(target, order) && !(closed && target.output === undefined));
  const measured = measureOfLog(measure, summary);
  const input = await withFindings(
    context,
    { summary, file, order, ...comparedWith(gateInputs), ...(measured && { measured }) },
    config.run,
  );
  if (later.length > 0) await writeReports(later, await withResult(reducer, input), context);
  if (summary.state !== 'ended') tell(stoppedText(summary, await engine.counts(summary.run), stoppedOn));
  else if (!summary.books.balanced) tell(booksText(summary));
  else await advise(context, summary, file, measured);
  if (closed && shutdown.outputFailure() === undefined) return stoppedCode(shutdown);
  const nothing = summary.state === 'ended' ? await nothingFetched(summary, file) : undefined;
  if (nothing !== undefined) tell(nothing);
  const fragments = input.findings?.fragments;
  if (!targets.some(({ format }) => TELLS_OF_LINKS.has(format))) for (const said of linkProblems(summary.books, fragments)) tell(said);
  const code = exitCodeOfRun(summary, await passesGates(context, gateInputs, summary, file, fragments, measured), shutdown.received());
  if (summary.state === 'ended') {
    for (const line of uncheckedLines(summary.books, config.run)) tell(line);
    sayRun(context, summary.run);
  }
  return code;
}

/** Prints the id of the run, and the command that shows its report. */
function sayRun({ config, environment, say }: CommandContext, run: RunId): void {
  const { dataDir, verbosity } = config.process;
  if (verbosity === 'quiet') return;
  const isFound = dataDir === (environment.TRAWL_DATA_DIR ?? OPTIONS.dataDir.default);
  say(`Run ${run} · trawl report latest${isFound ? '' : ` --data-dir ${shellWord(dataDir)}`}`);
}

/** Quotes the text as one word for a shell. */
function shellWord(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Formats that already say which limits the run reached and which fragments are missing. */
const TELLS_OF_LINKS: ReadonlySet<ReportFormat> = new Set<ReportFormat>(['table', 'json', 'html', 'markdown', 'github']);

/** Prints advice about failures, for a person who reads the table at a terminal. */
async function advise(
  { config, statusLine, stdout, tell }: CommandContext,
  { books }: RunSummary,
  file: string,
  measured: RowMeasure | undefined,
): Promise<void> {
  const readsTable = stdout.isTTY && config.report.targets.some(({ format, output }) => format === 'table' && output === undefined);
  if (statusLine === undefined || config.process.verbosity === 'quiet' || !readsTable || books.failed + books.skipped === 0) return;
  const tally = measured?.tally ?? new Tally();
  if (measured === undefined) await eachRow(file, (row) => tally.add(row));
  for (const line of adviceText(tally.figures().verdicts)) tell(line);
}

/** True if rows are written while the run is going on: NDJSON on stdout in completion order. */
function isStreamed({ format, output }: ReportTarget, order: 'completion' | 'input'): boolean {
  return format === 'ndjson' && output === undefined && order === 'completion';
}

/** Shows progress, unless rows stream to the same terminal: the two would overwrite each other. */
function showProgress({ config, statusLine, columns, stdout }: CommandContext, standing: () => Promise<Standing>, streams: boolean) {
  if (statusLine === undefined || !config.process.progress || (streams && stdout.isTTY)) return undefined;
  return startProgress(standing, statusLine, columns, systemClock);
}

async function standingOf(engine: Engine, run: RunId, grows: boolean): Promise<Standing> {
  const [counts, throttled, leastMs] = await Promise.all([engine.counts(run), engine.throttled(), engine.leastMs(run)]);
  return { counts, throttled: throttled.length, grows, leastMs };
}

/** Advice for a disk error without Redis. The memory engine ends with this process, so the run cannot be collected again. */
function withoutCollecting({ run, path }: RunFolder, error: unknown): unknown {
  if (!(error instanceof CollectorDiskError || error instanceof FrontierDiskError)) return error;
  const remedy = diskRemedy(error.cause) ?? error.message;
  return new CollectorDiskError(
    `cannot write in ${path}: ${remedy}; trawl report ${run} shows the rows written so far, and trawl --continue ${run} continues the run`,
    { cause: error },
  );
}

/** Writes batches of outcomes as NDJSON, with backpressure. After `signal` aborts, it no longer waits for the reader. On a terminal, control characters are written as JSON escapes. */
function streamTo(out: Output, signal: AbortSignal, baseline: Baseline | undefined): (lines: readonly OutcomeLine[]) => Promise<void> {
  const comparison = baseline?.compare();
  const marked = (line: OutcomeLine) => (comparison === undefined ? line : withMark(line, comparison.mark(readOutcome(line))));
  return async (lines) => {
    if (lines.length === 0) return;
    const text = `${lines.map(marked).join('\n')}\n`;
    if (out.write(out.isTTY ? escapedForTerminal(text) : text)) return;
    await once(out, 'drain', { signal }).catch(() => {});
  };
}
