import type { Engine } from '../../engine/engine.ts';
import { openEngine } from '../../engine/open-engine.ts';
import { UsageError } from '../../model/errors.ts';
import type { RunId } from '../../model/run-id.ts';
import { shownNumber } from '../../report/shown-figures.ts';
import { type CommandContext, engineSpec } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { runOnRedis } from '../open-engine.ts';

type SteeringCommand = 'pause' | 'resume' | 'cancel' | 'seal' | 'rm';

const STEER: Readonly<Record<SteeringCommand, (engine: Engine, run: RunId) => Promise<void>>> = {
  pause: (engine, run) => engine.pause(run),
  resume: (engine, run) => engine.resume(run),
  cancel: (engine, run) => engine.cancel(run),
  seal: (engine, run) => engine.seal(run),
  rm: (engine, run) => engine.remove(run),
};

/** `trawl pause|resume|cancel|seal|rm RUN...`: changes the state of runs on Redis. */
export function steer(command: SteeringCommand): (context: CommandContext) => Promise<ExitCode> {
  return async ({ config, words, log, tell }) => {
    if (words.length === 0) throw new UsageError(`${command} needs a run: trawl status lists the runs`);
    const engine = await openEngine(engineSpec(config.process, 'none'), log);
    try {
      for (const word of words) {
        const run = await runOnRedis(engine, word);
        // This throws for an unknown run. Some of the engine's methods would just do nothing.
        await engine.counts(run);
        await STEER[command](engine, run);
        if (command === 'cancel') await tellWhatIsMissing(engine, run, tell);
      }
      return EXIT.ok;
    } finally {
      await engine.close();
    }
  };
}

/** Says if a cancelled run needs a worker: workers write the rows of its remaining URLs, so without one the run would seem to hang. */
async function tellWhatIsMissing(engine: Engine, run: RunId, tell: (message: string) => void): Promise<void> {
  const { ended, accepted, discovered, settled, batches, sealedAt = batches } = await engine.counts(run);
  if (ended || (await engine.workers()) > 0) return;
  const left = shownNumber(accepted + discovered - settled);
  const unread = batches < sealedAt ? `${shownNumber(sealedAt - batches)} batches of lines and ` : '';
  tell(
    `run ${run} is cancelled, but ${unread}${left} URLs still need a worker to write their rows, and none is running: start one with trawl worker`,
  );
}
