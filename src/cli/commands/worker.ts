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
 * The same by several processes. This one fetches nothing, and only starts runs for schedules. It opens Redis before they do, so that it alone reports a Redis
 * that cannot be used.
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

/** Loaded only by a worker, for it brings zod, which no crawl of a list needs. */
async function startSchedules(context: CommandContext, engine: Engine): Promise<void> {
  const { runSchedules } = await import('../schedule/run-schedules.ts');
  await runSchedules(context, engine);
}

/** How this process fetches, as the options say. */
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

/** Where this process takes map modules from, and where what they print goes. Without Redis every run is its own; on Redis only the module that this command line names is. */
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
