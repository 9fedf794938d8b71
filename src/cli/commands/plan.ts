import { planSources } from '../../producer/plan.ts';
import { namedSources, openInput } from '../begin-run.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { planText } from './plan-text.ts';

/** `trawl plan [SOURCE...]`: what a crawl of them would have to do, and how long it takes at the least. */
export async function plan(context: CommandContext): Promise<ExitCode> {
  const { config, stdout, shutdown } = context;
  const { hostConcurrency, hostIntervalMs, scheme } = config.run;
  const limits = { concurrency: config.process.concurrency, hostConcurrency, hostIntervalMs, ...(scheme !== undefined && { scheme }) };
  const planned = await planSources(await openInput(context, await namedSources(context)), limits, shutdown.signal);
  stdout.write(
    config.report.statusFormat === 'json' ? `${JSON.stringify({ schema: 1, ...planned }, undefined, 2)}\n` : planText(planned, limits),
  );
  return EXIT.ok;
}
