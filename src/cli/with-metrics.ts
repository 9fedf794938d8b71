import type { Engine } from '../engine/engine.ts';
import { DEPLOYMENT, shows } from '../metrics/definitions.ts';
import type { Command } from '../options/commands.ts';
import { systemClock } from '../util/clock.ts';
import type { CommandContext } from './command-context.ts';
import type { ExitCode } from './exit-code.ts';

export function metricsText(origin: string): string {
  return `metrics are at ${origin}/metrics`;
}

/** Runs a command and, if the options say so, serves metrics while it runs. Metrics are available even before Redis is reached. */
export async function withMetrics(
  command: Command,
  context: CommandContext,
  run: (context: CommandContext) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { metrics: address, concurrency, verbosity } = context.config.process;
  // `trawl serve` serves its metrics itself.
  if (address === undefined || command === 'serve') return run(context);
  const [{ Metrics, serveMetrics }, { Snapshots }, { figuresOf }] = await Promise.all([
    import('../metrics/metrics-server.ts'),
    import('../serve/snapshots.ts'),
    import('../serve/views.ts'),
  ]);
  let engine: Engine | undefined;
  const snapshots = new Snapshots(() => engine, systemClock);
  const deployment = shows(command, DEPLOYMENT) ? async () => figuresOf(await snapshots.complete()) : undefined;
  const metrics = new Metrics({ command, concurrency }, deployment);
  try {
    const server = await serveMetrics(metrics, address);
    if (verbosity !== 'quiet') context.tell(metricsText(server.origin));
    const onEngine = (opened: Engine) => {
      engine = opened;
    };
    return await run({ ...context, onEngine }).finally(server.close);
  } finally {
    metrics.close();
  }
}
