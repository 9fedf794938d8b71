import { withoutCredentials } from '../../config/redis-url.ts';
import { runWorker, type WorkerOptions } from '../../worker/work.ts';
import type { CommandContext } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { openUnlessStopped } from '../open-unless-stopped.ts';
import { stoppedCode } from '../shutdown.ts';

/** `trawl worker`: fetches for every run on this Redis until a signal. */
export async function worker(context: CommandContext): Promise<ExitCode> {
  const { config, log, shutdown, processName } = context;
  const engine = await openUnlessStopped(context, 'always');
  if (engine === undefined) return stoppedCode(shutdown);
  try {
    const redis = withoutCredentials(config.process.redisUrl ?? '');
    log.info({ redis, concurrency: config.process.concurrency, worker: processName }, 'worker started');
    await runWorker(engine, workerOptions(context), log, shutdown.signal);
    log.info({ worker: processName }, 'worker stopped');
    return stoppedCode(shutdown);
  } finally {
    await engine.close();
  }
}

/** How this process fetches, as the options say. */
export function workerOptions({ config, processName, environment }: CommandContext): WorkerOptions {
  const { concurrency, drainMs, proxies, privateCeiling, resolver, saveBodies } = config.process;
  return {
    concurrency,
    drainMs,
    worker: processName,
    alone: config.process.redisUrl === undefined,
    env: environment,
    ...(proxies !== undefined && { proxies }),
    ...(saveBodies !== undefined && { saveBodies }),
    ...(privateCeiling !== undefined && { privateCeiling }),
    ...(resolver !== undefined && { resolver }),
  };
}
