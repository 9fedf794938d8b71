import type { Engine, RunCounts } from '../../engine/engine.ts';
import { openEngine } from '../../engine/open-engine.ts';
import { UnknownRunError, UsageError } from '../../model/errors.ts';
import type { RunId } from '../../model/run-id.ts';
import { type CommandContext, engineSpec } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { runOnRedis } from '../run-on-redis.ts';
import { leftOutText, type RunStatus, statusJson, statusTable, throttledText } from './status-table.ts';

/** `trawl status [RUN]`: where the runs stand, and which origins are held back. */
export async function status(context: CommandContext): Promise<ExitCode> {
  const { config, words, log, stdout } = context;
  if (words.length > 1) throw new UsageError('status takes one run, or none for all of them');
  const engine = await openEngine(engineSpec(config.process, 'none'), log);
  try {
    const statuses = words[0] === undefined ? await allRuns(engine) : [await statusOf(engine, await runOnRedis(engine, words[0]))];
    const throttled = await engine.throttled();
    stdout.write(
      config.report.statusFormat === 'json'
        ? statusJson(statuses, throttled)
        : statusTable(statuses) + leftOutText(statuses) + throttledText(throttled),
    );
    return EXIT.ok;
  } finally {
    await engine.close();
  }
}

async function statusOf(engine: Engine, run: RunId): Promise<RunStatus> {
  return { run, counts: await engine.counts(run) };
}

async function allRuns(engine: Engine): Promise<RunStatus[]> {
  const statuses: RunStatus[] = [];
  for (const run of await engine.runs()) {
    const counts = await countsIfKnown(engine, run);
    if (counts !== undefined) statuses.push({ run, counts });
  }
  return statuses;
}

/** A run may expire between being listed and being asked for. */
async function countsIfKnown(engine: Engine, run: RunId): Promise<RunCounts | undefined> {
  try {
    return await engine.counts(run);
  } catch (error) {
    if (error instanceof UnknownRunError) return undefined;
    throw error;
  }
}
