import type { Engine } from '../../engine/engine.ts';
import { openSchedules } from '../../engine/open-schedules.ts';
import type { DueTime, Schedules } from '../../engine/schedules.ts';
import type { ScheduledJob, ScheduledSource } from '../../model/schedule.ts';
import { parseScheduledJob } from '../../options/parse-scheduled-job.ts';
import { openSources } from '../../producer/sources/open-source.ts';
import type { Source, SourceSpec } from '../../producer/sources/source.ts';
import { textSource } from '../../producer/sources/text-source.ts';
import { startScheduledRun } from '../../producer/start-scheduled-run.ts';
import { type CommandContext, engineSpec } from '../command-context.ts';
import { fetcherOptions } from '../fetcher-options.ts';

/**
 * Starts runs for schedules that are due, until the stop. Other processes may do the same; only one of them starts each run. Lists and sitemaps are downloaded with the options of this process.
 * Never rejects, because a worker that cannot start schedules can still fetch.
 */
export async function runSchedules(context: CommandContext, engine: Engine): Promise<void> {
  const { config, log, shutdown } = context;
  const spec = engineSpec(config.process, 'always');
  if (spec.kind !== 'redis') return;
  const start = async (due: DueTime): Promise<void> => {
    const job = await readKept(due);
    await startScheduledRun(due, job, { engine, openSources: () => openScheduled(job, context), log }, shutdown.signal);
  };
  let schedules: Schedules | undefined;
  try {
    schedules = await openSchedules(spec, log);
    await schedules.watch(start, shutdown.signal);
  } catch (error) {
    log.error({ event: 'schedules-unavailable', err: error }, `this process starts no runs for schedules: ${(error as Error).message}`);
  } finally {
    await schedules?.close();
  }
}

/** Parses the job of a schedule. This fails if a newer version stored it with options that this version does not know. */
async function readKept(due: DueTime): Promise<ScheduledJob> {
  try {
    return parseScheduledJob(due.job);
  } catch (error) {
    await due.note(`cannot be read by the worker that took it: ${(error as Error).message}`);
    throw error;
  }
}

/** Opens the sources: those with a URL first, then the lists that are stored with the schedule. */
async function openScheduled({ options, sources }: ScheduledJob, context: CommandContext): Promise<Source[]> {
  const { log, stdin } = context;
  const specs = sources.flatMap((source: ScheduledSource): SourceSpec[] => (source.kind === 'stored' ? [] : [source]));
  const { stripParams, exclude, excludeFragments } = options;
  const downloads = { run: options, fetcher: fetcherOptions(context) };
  const opened = await openSources(specs, { stdin, log, downloads, stripParams, exclude, excludeFragments });
  const stored = sources.flatMap((source) => (source.kind === 'stored' ? [textSource(source.name, source.text, source.reading)] : []));
  return [...opened, ...stored];
}
