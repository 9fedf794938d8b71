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
  /** A run that is open and not sealed. */
  run: RunId;
  sources: readonly Source[];
  folder: RunFolder;
  /** Absent if the work is left to other processes. */
  worker?: WorkerOptions;
  /** How many processes fetch; without it, only this one. */
  processes?: Processes;
  onBatch?: NonNullable<CollectOptions['onBatch']>;
  /** True if the folder's log is an earlier part of this run: URLs with a row are not fetched again. */
  continues?: boolean;
}

const THIS_PROCESS: Processes = { wanted: 1, spec: { kind: 'memory' } };

/**
 * Runs all parts in one process: producer → frontier → visits → workers → outcomes → collector. Reports are made from
 * the folder afterwards.
 *
 * Resolves with the state `ended` when the run has ended. When `signal` aborts, the parts stop one after another: the
 * producer submits no more, the workers finish what is in flight, and the collector reads what they settled; then the
 * state is `stopped`. If one of the three fails, the other two stop in the same way, and this rejects with that
 * failure.
 */
export async function crawl(
  engine: Engine,
  { run, sources, folder, worker, processes = THIS_PROCESS, onBatch, continues = false }: Crawl,
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

  // Workers start after the log is open: a resumed run must know its rows before they could be fetched again, and the
  // file must be opened while there are descriptors for it.
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
  // Nothing more will be settled by this process, so the collector need not wait for missing outcomes of an unfinished
  // run.
  settled.abort();
  await all;
  failure.signal.throwIfAborted();
  return collecting;
}

/** Submits all lines and seals the run. Does nothing if the run is already sealed and complete. */
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
