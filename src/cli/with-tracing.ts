import type { TracerSettings } from '../model/tracing.ts';
import type { Command } from '../options/commands.ts';
import { readTracingVariables } from '../tracing/read-variables.ts';
import type { CommandContext } from './command-context.ts';
import type { ExitCode } from './exit-code.ts';

/** Commands that work on runs. The others only read something, or make one quick change. */
const TRACED: readonly Command[] = ['crawl', 'check', 'enqueue', 'worker', 'collect', 'serve', 'watch'];
/** Commands that work on a single run. Their own span is the parent of everything in it. */
const ABOUT_ONE_RUN: readonly Command[] = ['crawl', 'check', 'enqueue'];

/** Runs a command, and traces it if variables `OTEL_*` ask for it. OpenTelemetry is loaded only then. */
export async function withTracing(
  command: Command,
  { config, environment, log, processName }: CommandContext,
  run: () => Promise<ExitCode>,
): Promise<ExitCode> {
  const setup = readTracingVariables(environment);
  if (setup.kind === 'off' || !TRACED.includes(command)) return run();
  if (setup.kind === 'unusable') {
    log.warn({ event: 'tracing-problem' }, `this process is not traced: ${setup.reason}`);
    return run();
  }
  // OpenTelemetry and child processes read the process's own variables, which do not include those of `.env`.
  for (const [name, value] of Object.entries(environment)) if (name.startsWith('OTEL_')) process.env[name] = value;
  const settings: TracerSettings = { command, fetches: config.process.traceFetches, flushMs: setup.flushMs };
  const { startTracing } = await import('../tracing/start-tracing.ts');
  const tracing = startTracing(setup, processName, settings, log);
  try {
    if (!ABOUT_ONE_RUN.includes(command)) return await run();
    const { TRACEPARENT: parent } = environment;
    return await tracing.tracer.span({ name: command, parent, attributes: {} }, async (span) => {
      const code = await run();
      span.set({ 'process.exit.code': code });
      return code;
    });
  } finally {
    await tracing.end();
  }
}
