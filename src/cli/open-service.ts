import { silentLog } from '../core/log.ts';
import type { Engine } from '../engine/engine.ts';
import { openEngine } from '../engine/open-engine.ts';
import { type CommandContext, engineSpec } from './command-context.ts';

/** The engine of a service, which waits for a Redis that is away; undefined if the stop came first. */
export function openService({ config, log, shutdown: { signal } }: CommandContext): Promise<Engine | undefined> {
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  return Promise.race([openEngine(engineSpec(config.process, 'service'), log), stopped]);
}

/**
 * The engine of a command that works for long: someone is waiting for its start, so that a Redis that is away is an error then;
 * once begun, it outlives an outage as a service does. Undefined if the stop came first.
 */
export async function openLongCommand(context: CommandContext): Promise<Engine | undefined> {
  const spec = engineSpec(context.config.process, 'command');
  if (spec.kind === 'memory') return openEngine(spec, context.log);
  // Silent, because what there is to warn of comes a second time.
  const probe = await openEngine(spec, silentLog);
  await probe.close();
  return openService(context);
}
