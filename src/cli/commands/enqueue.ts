import { existsSync } from 'node:fs';
import { newRunId } from '../../core/run-id.ts';
import { openEngine } from '../../engine/open-engine.ts';
import { produce } from '../../producer/produce.ts';
import { openSources } from '../../producer/sources/open-source.ts';
import { type CommandContext, engineSpec } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { stoppedCode } from '../shutdown.ts';
import { sourceSpecs } from '../source-specs.ts';

/** `trawl enqueue [SOURCE...]`: opens a run, submits the sources, seals it. The run id is printed as soon as the run is open. */
export async function enqueue(context: CommandContext): Promise<ExitCode> {
  const { config, words, log, shutdown } = context;
  const specs = sourceSpecs(words, config.process.listUrls, { implied: false, exists: existsSync });
  const sources = await openSources(specs, { stdin: context.stdin });
  const engine = await openEngine(engineSpec(config.process, 'none'), log);
  try {
    const run = await engine.openRun(config.run, config.process.run ?? newRunId(Date.now()));
    context.stdout.write(`${run}\n`);
    const produced = await produce(engine, run, sources, {}, shutdown.signal);
    if (!produced.complete) {
      context.tell(`stopped after ${produced.lines} lines: run ${run} is open, and not sealed`);
      return stoppedCode(shutdown);
    }
    if (config.process.seal) await engine.seal(run, produced.batches);
    log.info({ run, lines: produced.lines, batches: produced.batches, sealed: config.process.seal }, 'enqueued');
    return EXIT.ok;
  } finally {
    await engine.close();
  }
}
