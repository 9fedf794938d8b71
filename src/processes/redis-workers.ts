import type { RedisEngineSpec } from '../engine/engine-spec.ts';
import type { Log } from '../model/log.ts';
import type { WorkerOptions } from '../worker/work.ts';
import { keepChild } from './keep-child.ts';
import { MergedLog } from './merged-log.ts';
import { childHeapMb } from './processes-here.ts';
import { WorkChild } from './work-child.ts';

/** Beyond the drain, a process has so long to give back what it holds, also to a Redis that is away for a moment. */
const LEAVE_MS = 15_000;

/**
 * As `runWorker` on Redis, by `processes` processes, each a worker by itself with its share of the concurrency: a visit of one that dies is given to another by Redis, as that of any
 * worker. When one of them cannot go on, the others stop, and it rejects with the error of that one.
 */
export async function runRedisWorkers(
  processes: number,
  redis: RedisEngineSpec,
  options: WorkerOptions,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const failure = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  const merged = new MergedLog(log);
  const heapMb = childHeapMb(processes);
  const { drainMs } = options;
  const { worker: _, ...shared } = options;
  await Promise.all(
    shares(options.concurrency, processes).map((concurrency) => {
      const start = () => {
        // A Redis that is away is waited for: the command has found it before, or would wait too.
        const job = { options: { ...shared, concurrency, processes }, redis: { ...redis, patience: 'always' as const } };
        const child = new WorkChild({ job, heapMb, log: merged.open() });
        const onStop = () => child.stop(drainMs + LEAVE_MS);
        stop.addEventListener('abort', onStop, { once: true });
        void child.ended.then(() => stop.removeEventListener('abort', onStop));
        return child;
      };
      return keepChild({ start, log }, stop).catch((error) => failure.abort(error));
    }),
  );
  failure.signal.throwIfAborted();
}

/** `whole` in parts that differ by 1 at most. */
function shares(whole: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, part) => Math.floor((whole + part) / parts));
}
