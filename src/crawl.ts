import { type CollectOptions, collect } from './collector/collect.ts';
import type { RunFolder } from './collector/run-folder.ts';
import type { Engine } from './engine/engine.ts';
import type { Log } from './model/log.ts';
import type { RunId } from './model/run-id.ts';
import type { RunSummary } from './model/run-summary.ts';
import { type Processes, runWorkers } from './processes/run-workers.ts';
import { produce, sealRun } from './producer/produce.ts';
import type { Source } from './producer/sources/source.ts';
import { orAborted } from './util/async.ts';
import type { WorkerOptions } from './worker/work.ts';

export interface Crawl {
  /** Open, and not sealed. */
  run: RunId;
  sources: readonly Source[];
  folder: RunFolder;
  /** Absent: the work is left to other processes. */
  worker?: WorkerOptions;
  /** The processes that work; without it, this one. */
  processes?: Processes;
  onBatch?: NonNullable<CollectOptions['onBatch']>;
  /** The folder's log is an earlier part of this run: what has a row there is not fetched again. */
  continues?: boolean;
}

const THIS_ONE: Processes = { wanted: 1, spec: { kind: 'memory' } };

/**
 * The whole thing in one process: producer → frontier → visits → workers → outcomes → collector; the report is rendered from the folder.
 *
 * Resolves when the run has ended, with the state `ended`. When `signal` aborts, the stop goes down the line: the producer submits no more, the
 * workers finish what is in flight, the collector takes what they settled; the state is `stopped`. When one of the three fails, the other two stop
 * in the same way, and it rejects with that failure.
 */
export async function crawl(
  engine: Engine,
  { run, sources, folder, worker, processes = THIS_ONE, onBatch, continues = false }: Crawl,
  log: Log,
  signal: AbortSignal,
): Promise<RunSummary> {
  const failure = new AbortController();
  const settled = new AbortController();
  const collected = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  const stopWork = AbortSignal.any([stop, collected.signal]);
  const stoppingOthers = <T>(part: Promise<T>): Promise<T> => {
    part.catch((error) => failure.abort(error));
    return part;
  };

  // What the log holds is to be known before it could be fetched again, and its file is opened while there are descriptors for it.
  let onBegin = () => {};
  const begun = new Promise<void>((resolve) => {
    onBegin = resolve;
  });
  const logIsOpen = orAborted(begun, stop).catch(() => {});
  const ready = continues ? logIsOpen : Promise.resolve();
  const producing = stoppingOthers(ready.then(() => submitAll(engine, run, sources, stop)));
  const working = stoppingOthers(
    logIsOpen.then(() => (worker === undefined ? aborted(stopWork) : runWorkers(engine, processes, worker, log, stopWork))),
  );
  const collectOptions = {
    sources: sources.flatMap(({ name, documents = [name] }) => documents),
    continues,
    onBegin,
    ...(onBatch && { onBatch }),
  };
  const collecting = stoppingOthers(collect(engine, run, folder, collectOptions, log, settled.signal));
  const all = Promise.allSettled([producing, working, collecting.finally(() => collected.abort())]);

  await Promise.allSettled([producing, working]);
  // Nothing more is settled here: what is still missing of an unfinished run will not come.
  settled.abort();
  await all;
  failure.signal.throwIfAborted();
  return collecting;
}

/** Submits every line, then says that no more will come; nothing if all of that was done. */
async function submitAll(engine: Engine, run: RunId, sources: readonly Source[], signal: AbortSignal): Promise<void> {
  const { sealedAt, batches: known } = await engine.counts(run);
  if (sealedAt === known) return;
  const { batches, complete } = await produce(engine, run, sources, {}, signal);
  if (complete) await sealRun(engine, run, batches);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
