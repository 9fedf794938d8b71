import { UsageError } from '../../core/errors.ts';
import type { RunId } from '../../core/run-id.ts';
import type { Engine } from '../../engine/engine.ts';
import { openEngine } from '../../engine/open-engine.ts';
import { type CommandContext, engineSpec } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';

export type SteeringCommand = 'pause' | 'resume' | 'cancel' | 'seal' | 'rm';

const STEER: Readonly<Record<SteeringCommand, (engine: Engine, run: RunId) => Promise<void>>> = {
  pause: (engine, run) => engine.pause(run),
  resume: (engine, run) => engine.resume(run),
  cancel: (engine, run) => engine.cancel(run),
  seal: (engine, run) => engine.seal(run),
  rm: (engine, run) => engine.remove(run),
};

/** `trawl pause RUN` and its like: says to the engine what is to become of runs on Redis. */
export function steer(command: SteeringCommand): (context: CommandContext) => Promise<ExitCode> {
  return async ({ config, words, log }) => {
    if (words.length === 0) throw new UsageError(`${command} which run? trawl status lists them`);
    const engine = await openEngine(engineSpec(config.process, 'none'), log);
    try {
      for (const run of words) {
        // An unknown run is an error for each of them, also where the engine would see nothing to do.
        await engine.counts(run);
        await STEER[command](engine, run);
      }
      return EXIT.ok;
    } finally {
      await engine.close();
    }
  };
}
