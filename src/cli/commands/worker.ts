import type { Engine } from '../../engine/engine.ts';
import { withoutCredentials } from '../../options/redis-url.ts';
import { processesHere } from '../../processes/processes-here.ts';
import { runRedisWorkers } from '../../processes/redis-workers.ts';
import type { MapPlaces } from '../../worker/map/map-places.ts';
import { runWorker, type WorkerOptions } from '../../worker/work.ts';
import { type CommandContext, engineSpec } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { fetcherOptions } from '../fetcher-options.ts';
import { openUnlessStopped } from '../open-engine.ts';
import { stoppedCode } from '../shutdown.ts';

/** `trawl worker`: fetches for every run on this Redis until a signal. */
export async function worker(context: CommandContext): Promise<ExitCode> {
  const { config, log, shutdown, processName } = context;
  const { processes: wanted, concurrency } = config.process;
  const processes = wanted === 'auto' ? processesHere(concurrency) : Math.min(wanted, concurrency);
  if (processes > 1) return workers(context, processes);
  const engine = await openUnlessStopped(context, 'always', { onlyWorks: true });
  if (engine === undefined) return stoppedCode(shutdown);
  try {
    const redis = withoutCredentials(config.process.redisUrl ?? '');
    log.info({ event: 'worker-started', redis, concurrency, worker: processName }, 'worker started');
    await Promise.all([runWorker(engine, workerOptions(context), log, shutdown.signal), startSchedules(context, engine)]);
    log.info({ event: 'worker-stopped', worker: processName }, 'worker stopped');
    return stoppedCode(shutdown);
  } finally {
    await engine.close();
  }
}

/**
 * The same with several child processes that fetch. This process only starts runs for schedules. It opens Redis before they do, so that one process reports a
 * Redis that cannot be used.
 */
async function workers(context: CommandContext, processes: number): Promise<ExitCode> {
  const { config, log, shutdown, processName: worker } = context;
  const spec = engineSpec(config.process, 'always');
  if (spec.kind !== 'redis') throw new Error('workers need Redis');
  const { concurrency } = config.process;
  const engine = await openUnlessStopped(context, 'always', { onlyWorks: true });
  if (engine === undefined) return stoppedCode(shutdown);
  try {
    log.info({ event: 'worker-started', redis: withoutCredentials(spec.url), concurrency, processes, worker }, 'worker started');
    await Promise.all([runRedisWorkers(processes, spec, workerOptions(context), log, shutdown.signal), startSchedules(context, engine)]);
    log.info({ event: 'worker-stopped', worker }, 'worker stopped');
    return stoppedCode(shutdown);
  } finally {
    await engine.close();
  }
}

/** Loaded only in a worker, because it imports zod, which a crawl of a list does not need. */
async function startSchedules(context: CommandContext, engine: Engine): Promise<void> {
  const { runSchedules } = await import('../schedule/run-schedules.ts');
  await runSchedules(context, engine);
}

/** The options of a worker, from those of the command. */
export function workerOptions(context: CommandContext): WorkerOptions {
  const { config, processName } = context;
  const { concurrency, drainMs, saveBodies } = config.process;
  return {
    maps: mapPlaces(context),
    concurrency,
    drainMs,
    worker: processName,
    alone: config.process.redisUrl === undefined,
    ...fetcherOptions(context),
    ...(saveBodies !== undefined && { saveBodies }),
  };
}

/** Where map modules may be loaded from, and where their output goes. `own` is a module that this user named: without Redis, the run's module; with Redis, only a module on this command line, because other users may have started the runs. */
export function mapPlaces({ config: { process, run, givenRun }, say }: CommandContext): MapPlaces {
  const { maps, saveBodies, dataDir, redisUrl, logFormat } = process;
  const own = redisUrl === undefined ? run.map : givenRun.map;
  return {
    root: maps,
    ...(own !== undefined && { own }),
    fetched: [...(saveBodies === undefined ? [] : [saveBodies]), dataDir],
    ...(logFormat === 'json' && { print: say }),
  };
}
