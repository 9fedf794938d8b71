import { collect as collectRun } from '../../collector/collect.ts';
import { openRunFolder } from '../../collector/run-folder.ts';
import { serveRuns } from '../../collector/serve.ts';
import type { RunId } from '../../core/run-id.ts';
import type { Engine } from '../../engine/engine.ts';
import { totalLine } from '../../tally/total-line.ts';
import { booksText } from '../books-text.ts';
import type { CommandContext } from '../command-context.ts';
import { type ExitCode, exitCodeOfRun, worstExitCode } from '../exit-code.ts';
import { judgeRun, readGateInputs } from '../judge-run.ts';
import { openUnlessStopped } from '../open-unless-stopped.ts';
import { stoppedCode } from '../shutdown.ts';

/** `trawl collect [RUN...]`: the runs named, until they end; or every unclaimed run, until a signal. */
export async function collect(context: CommandContext): Promise<ExitCode> {
  const { config, words, log, shutdown } = context;
  const engine = await openUnlessStopped(context, words.length > 0 ? 'once-begun' : 'always');
  if (engine === undefined) return stoppedCode(shutdown);
  try {
    if (words.length > 0) return worstExitCode(await Promise.all([...new Set(words)].map((run) => collectNamed(context, engine, run))));
    await serveRuns(engine, config.process.dataDir, log, shutdown.signal);
    return stoppedCode(shutdown);
  } finally {
    await engine.close();
  }
}

async function collectNamed(context: CommandContext, engine: Engine, run: RunId): Promise<ExitCode> {
  const { config, log, shutdown, tell } = context;
  // An unknown run is refused before it has a folder.
  await engine.counts(run);
  const inputs = await readGateInputs(context);
  const folder = await openRunFolder(config.process.dataDir, run);
  const summary = await collectRun(engine, run, folder, {}, log, shutdown.signal);
  log.info({ run, folder: folder.path, state: summary.state }, totalLine(summary.books));
  if (summary.state === 'ended' && !summary.books.balanced) tell(booksText(summary));
  return exitCodeOfRun(summary, await judgeRun(context, inputs, summary, folder.outcomesFile), shutdown.received());
}
