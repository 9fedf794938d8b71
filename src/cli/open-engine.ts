import type { Engine } from '../engine/engine.ts';
import type { Patience } from '../engine/engine-spec.ts';
import { openEngine } from '../engine/open-engine.ts';
import { UsageError } from '../model/errors.ts';
import { LATEST, type RunId } from '../model/run-id.ts';
import { type CommandContext, engineSpec } from './command-context.ts';

/** Opens the engine. Resolves to undefined if the stop came first, because waiting for an unreachable Redis has no limit. */
export async function openUnlessStopped(
  { config, log, shutdown: { signal }, onEngine }: CommandContext,
  patience: Patience,
  role: { onlyWorks?: boolean } = {},
): Promise<Engine | undefined> {
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const engine = await Promise.race([openEngine({ ...engineSpec(config.process, patience), ...role }, log), stopped]);
  if (engine !== undefined) onEngine?.(engine);
  return engine;
}

/** The id of a run that the user named. `latest` is the run on Redis that was opened last. Rejects with UsageError if there is none. */
export async function runOnRedis(engine: Pick<Engine, 'runs'>, what: string): Promise<RunId> {
  if (what !== LATEST) return what;
  const latest = (await engine.runs()).at(-1);
  if (latest === undefined) throw new UsageError('there is no latest run: this Redis has no runs; name another deployment with --prefix');
  return latest;
}
