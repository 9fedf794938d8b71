import { existsSync } from 'node:fs';
import { openRunFolder } from '../../collector/run-folder.ts';
import type { ReportTarget } from '../../config/pair-reports.ts';
import { systemClock } from '../../core/clock.ts';
import { UsageError } from '../../core/errors.ts';
import { newRunId } from '../../core/run-id.ts';
import type { RunSummary } from '../../core/run-summary.ts';
import { crawl as crawlRun } from '../../crawl.ts';
import type { Engine, RunCounts } from '../../engine/engine.ts';
import { openSources } from '../../producer/sources/open-source.ts';
import { booksText } from '../books-text.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode, exitCodeOfRun } from '../exit-code.ts';
import { openUnlessStopped } from '../open-unless-stopped.ts';
import { startProgress } from '../progress.ts';
import { number } from '../progress-text.ts';
import { stoppedCode } from '../shutdown.ts';
import { sourceSpecs } from '../source-specs.ts';
import { streamTo } from '../stream-outcomes.ts';
import { checkTargets, writeReports } from '../write-reports.ts';
import { workerOptions } from './worker.ts';

/** `trawl crawl [SOURCE...]`: produce, work, collect and report in this process. */
export async function crawl(context: CommandContext): Promise<ExitCode> {
  const { config, words, implied, stdin, stdout, log, shutdown } = context;
  const { targets, order } = config.report;
  const specs = sourceSpecs(words, config.process.listUrls, { implied, exists: existsSync });
  await checkTargets(targets);
  const sources = await openSources(specs, { stdin });
  const streams = targets.some((target) => isStreamed(target, order));
  const engine = await openUnlessStopped(context, 'once-begun');
  if (engine === undefined) return stoppedCode(shutdown);
  try {
    const run = await engine.openRun(config.run, config.process.run ?? newRunId(Date.now()));
    const folder = await openRunFolder(config.process.dataDir, run);
    if (config.process.redisUrl === undefined && !folder.isNew) {
      // The memory engine knows nothing of another process's run, and would write a second one into its log.
      throw new UsageError(`run ${run} is in ${folder.path} already: give --run another id`);
    }
    const job = {
      run,
      sources,
      folder,
      ...(config.process.work && { worker: workerOptions(context) }),
      ...(streams && { onBatch: streamTo(stdout, shutdown.signal) }),
    };
    const progress = showProgress(context, () => engine.counts(run), streams);
    const summary = await crawlRun(engine, job, log, shutdown.signal).finally(() => progress?.stop());
    return await conclude(context, engine, summary, folder.outcomesFile);
  } finally {
    await engine.close();
  }
}

/** Writes the reports, says what there is to say about the end, and picks the exit code. */
async function conclude(
  { config, stdout, shutdown, tell }: CommandContext,
  engine: Engine,
  summary: RunSummary,
  file: string,
): Promise<ExitCode> {
  const { targets, order, failOn } = config.report;
  const closed = shutdown.outputClosed();
  const later = targets.filter((target) => !isStreamed(target, order) && !(closed && target.output === undefined));
  await writeReports(later, { summary, file, order }, stdout);
  if (closed) return EXIT.ok;
  if (summary.state !== 'ended') tell(stoppedText(summary, await engine.counts(summary.run), config.process.redisUrl !== undefined));
  else if (!summary.books.balanced) tell(booksText(summary));
  return exitCodeOfRun(summary, failOn, shutdown.received());
}

/** NDJSON for stdout goes out while rows settle, unless their order is another. */
function isStreamed({ format, output }: ReportTarget, order: 'completion' | 'input'): boolean {
  return format === 'ndjson' && output === undefined && order === 'completion';
}

/** None where rows stream to the same terminal: each would tear the other. */
function showProgress({ config, statusLine, columns, stdout }: CommandContext, counts: () => Promise<RunCounts>, streams: boolean) {
  if (statusLine === undefined || !config.process.progress || (streams && stdout.isTTY)) return undefined;
  return startProgress(counts, statusLine, columns, systemClock);
}

function stoppedText({ run, books }: RunSummary, { accepted, discovered, sealedAt }: RunCounts, onRedis: boolean): string {
  const left = number(accepted + discovered - books.rows);
  const done = `stopped: ${number(books.rows)} URLs done, ${sealedAt === undefined ? `at least ${left}` : left} left`;
  return onRedis
    ? `${done}; the run is still on Redis: trawl collect ${run} goes on with it`
    : `${done}; trawl report ${run} shows what was done`;
}
