import type { Engine } from '../engine/engine.ts';
import type { Patience } from '../engine/engine-spec.ts';
import { openEngine } from '../engine/open-engine.ts';
import { type CommandContext, engineSpec } from './command-context.ts';

/** The engine, or undefined if the stop came first: waiting for a Redis that is away can take for ever. */
export function openUnlessStopped(
  { config, log, shutdown: { signal } }: CommandContext,
  patience: Patience,
  role: { onlyWorks?: boolean } = {},
): Promise<Engine | undefined> {
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  return Promise.race([openEngine({ ...engineSpec(config.process, patience), ...role }, log), stopped]);
}
