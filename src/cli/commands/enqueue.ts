import type { Engine } from '../../engine/engine.ts';
import { produce, sealRun } from '../../producer/produce.ts';
import type { Source } from '../../producer/sources/source.ts';
import { orAborted } from '../../util/async.ts';
import { namedSources, openInput, openRun } from '../begin-run.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { unsealedAdvice } from '../messages/end-of-run.ts';
import { openUnlessStopped } from '../open-engine.ts';
import { stoppedCode } from '../shutdown.ts';

/** `trawl enqueue [SOURCE...]`: opens a run, submits the sources, seals it. The run id is printed as soon as the run is open. */
export async function enqueue(context: CommandContext): Promise<ExitCode> {
  const { config, log, shutdown, stdout, tell } = context;
  const sources = await openInput(context, await namedSources(context));
  const engine = await openUnlessStopped(context, 'none');
  if (engine === undefined) return stoppedCode(shutdown);
  try {
    const run = await openRun(context, engine);
    stdout.write(`${run}\n`);
    const repeat = (error: unknown) => {
      tell(`run ${run} is not complete: ${unsealedAdvice(run, isRepeatable(sources))}`);
      throw error;
    };
    const produced = await produce(engine, run, sources, {}, shutdown.signal).catch(repeat);
    if (!produced.complete) {
      tell(
        `stopped after ${produced.lines} lines: run ${run} is not sealed, so it cannot end; ${unsealedAdvice(run, isRepeatable(sources))}`,
      );
      return stoppedCode(shutdown);
    }
    if (config.process.seal && !(await sealRun(engine, run, produced.batches).catch(repeat))) {
      tell(`run ${run} was cancelled while its lines were being enqueued: the rest of them are not part of it`);
      return EXIT.stopped;
    }
    const confirmed = await isConfirmed(engine, shutdown.signal).catch(repeat);
    if (!confirmed)
      tell(`stopped before Redis had saved all of run ${run} to disk: if Redis crashes now, repeat the command with --run ${run}`);
    log.info({ event: 'enqueued', run, lines: produced.lines, batches: produced.batches, sealed: config.process.seal }, 'enqueued');
    return EXIT.ok;
  } finally {
    await engine.close();
  }
}

/** Waits until Redis has saved everything to disk, because no other process has these URLs. False if the stop came first. */
async function isConfirmed(engine: Engine, stop: AbortSignal): Promise<boolean> {
  try {
    await orAborted(engine.confirm(), stop);
    return true;
  } catch (error) {
    if (stop.aborted) return false;
    throw error;
  }
}

function isRepeatable(sources: readonly Source[]): boolean {
  return sources.every(({ live }) => !live);
}
