import { produce } from '../../producer/produce.ts';
import { namedSources, openInput, openRun } from '../begin-run.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { openUnlessStopped } from '../open-unless-stopped.ts';
import { stoppedCode } from '../shutdown.ts';
import { unsealedAdvice } from '../stopped-text.ts';

/** `trawl enqueue [SOURCE...]`: opens a run, submits the sources, seals it. The run id is printed as soon as the run is open. */
export async function enqueue(context: CommandContext): Promise<ExitCode> {
  const { config, log, shutdown, stdout, tell } = context;
  const sources = await openInput(context, namedSources(context));
  const engine = await openUnlessStopped(context, 'none');
  if (engine === undefined) return stoppedCode(shutdown);
  try {
    const run = await openRun(context, engine);
    stdout.write(`${run}\n`);
    const produced = await produce(engine, run, sources, {}, shutdown.signal);
    if (!produced.complete) {
      const repeatable = sources.every(({ live }) => !live);
      tell(`stopped after ${produced.lines} lines: run ${run} is open, and not sealed; ${unsealedAdvice(run, repeatable)}`);
      return stoppedCode(shutdown);
    }
    if (config.process.seal) await engine.seal(run, produced.batches);
    log.info({ run, lines: produced.lines, batches: produced.batches, sealed: config.process.seal }, 'enqueued');
    return EXIT.ok;
  } finally {
    await engine.close();
  }
}
