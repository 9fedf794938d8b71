import type { RedisEngineSpec } from '../engine/engine-spec.ts';
import type { Log } from '../model/log.ts';
import type { WorkerOptions } from '../worker/work.ts';
import { keepChild } from './keep-child.ts';
import { MergedLog } from './merged-log.ts';
import { childHeapMb } from './processes-here.ts';
import { WorkChild } from './work-child.ts';

/** After the drain, a process has this long to give back its entries. It allows for a short outage of Redis. */
const LEAVE_MS = 15_000;

/**
 * Like `runWorker` on Redis, but with several processes. Each is a worker of its own with a share of the concurrency,
 * so if it dies, Redis gives its visits to others like those of any worker. If one of them reports that it cannot go
 * on, the others stop, and this rejects with the error of that one.
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
        // The process waits for an unreachable Redis. The command itself has connected to it before, or would wait too.
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

/** Splits `whole` into parts that differ by 1 at most. */
function shares(whole: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, part) => Math.floor((whole + part) / parts));
}
