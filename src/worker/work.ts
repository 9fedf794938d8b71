import { availableParallelism } from 'node:os';
import type { Engine } from '../engine/engine.ts';
import type { Visit } from '../engine/visit.ts';
import { PageBudget } from '../fetch/body/page-budget.ts';
import { createFetcher, type FetcherOptions } from '../fetch/fetcher.ts';
import type { Log } from '../model/log.ts';
import type { RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import { currentTracer } from '../model/tracing.ts';
import { Conditions } from '../util/conditions.ts';
import { BodyFiles } from './body-files.ts';
import { Capacity } from './capacity.ts';
import { ChainSecrets } from './chain-secrets.ts';
import { connectionRoom, readDescriptors } from './descriptor-room.ts';
import { LinkFinder } from './links/find-links.ts';
import type { MapPlaces } from './map/map-places.ts';
import { RunMaps } from './map/run-maps.ts';
import { memoryLimits, pageBudgetBytes } from './memory-limit.ts';
import { RobotsGate } from './robots/robots-gate.ts';
import { visitEntries } from './visit-entries.ts';

export interface WorkerOptions extends FetcherOptions {
  /** Maximum of requests in flight. */
  concurrency: number;
  /** How long requests in flight may continue after the stop, in milliseconds. */
  drainMs: number;
  /** The worker's name in outcomes and in `trawl status`. */
  worker: string;
  /** True if no other process can work on this engine. */
  alone?: boolean;
  /** Number of worker processes that share the machine's memory and cores, including this one. 1 by default. */
  processes?: number;
  /** Where map modules may be loaded from; below the working directory by default. */
  maps?: MapPlaces;
  /**
   * How long a worker that is alone waits for a map module that it cannot use, in milliseconds; a minute by default.
   */
  mapPatienceMs?: number;
  /** Folder in which bodies are saved; they are not saved without it. */
  saveBodies?: string;
}

/** Everything in this process that visits need: HTTP client, map pools, robots.txt, memory budget. */
export interface Visitor {
  /** Fetches and settles the entries of one visit. */
  visit(visit: Visit): Promise<void>;
  /**
   * Returns false if this process cannot do what the run needs just now, such as load its map module. Never rejects.
   */
  accepts(run: RunId, options: RunOptions): Promise<boolean>;
  /** Concurrent visits that this process has room for; at most the configured concurrency. */
  concurrency: number;
  capacity: Capacity;
  secrets: ChainSecrets;
  close(): Promise<void>;
}

/** Rejects with UsageError if the limit on open files is too low. */
export async function openVisitor(options: WorkerOptions, log: Log): Promise<Visitor> {
  const { worker, saveBodies, mapPatienceMs, alone = false, processes = 1 } = options;
  const { maps: places = { root: '.', fetched: [] } } = options;
  const room = await roomForConnections();
  const concurrency = Math.min(options.concurrency, room);
  if (concurrency < options.concurrency) log.warn({ event: 'concurrency-lowered' }, tooFewText(options.concurrency, concurrency));
  const capacity = new Capacity({ concurrency, alone }, log);
  const fetcher = createFetcher({ ...options, maxConnections: room, shortages: capacity });
  const maps = new RunMaps(
    { concurrency, alone, places, processes, ...(mapPatienceMs !== undefined && { patienceMs: mapPatienceMs }) },
    log,
  );
  const robots = new RobotsGate(fetcher, Math.random, log);
  const secrets = new ChainSecrets();
  const budget = new PageBudget(pageBudgetBytes({ ...memoryLimits(), processes }));
  const finder = new LinkFinder(budget);
  const bodies = saveBodies === undefined ? {} : { bodies: new BodyFiles(saveBodies) };
  const context = {
    fetcher,
    worker,
    random: Math.random,
    robots,
    secrets,
    finder,
    budget,
    maps,
    capacity,
    alone,
    ...bodies,
    conditions: new Conditions(),
    log,
  };
  return {
    visit: (visit) => {
      const tracer = currentTracer();
      return tracer === undefined ? visitEntries(visit, context) : tracer.visit(visit, worker, () => visitEntries(visit, context));
    },
    accepts: (run, runOptions) => maps.accepts(run, runOptions),
    concurrency,
    capacity,
    secrets,
    close: async () => {
      capacity.close();
      await Promise.all([fetcher.close(), maps.close()]);
    },
  };
}

/**
 * Works until the signal aborts, then finishes what is in flight, or gives it back after `drainMs`. Rejects with
 * ShortageError if this process could not connect to anything for a long time and other workers can take over, and with
 * UsageError if the limit on open files is too low.
 */
export async function runWorker(engine: Engine, options: WorkerOptions, log: Log, signal: AbortSignal): Promise<void> {
  const { drainMs, worker } = options;
  const { visit, accepts, concurrency, capacity, close } = await openVisitor(options, log);
  try {
    const limits = { concurrency, drainMs, worker, accepts, allowance: capacity };
    await engine.work(visit, limits, AbortSignal.any([signal, capacity.hopeless]));
    capacity.hopeless.throwIfAborted();
  } finally {
    await close();
  }
}

/** The number of connections that the limit on file descriptors allows. */
async function roomForConnections(): Promise<number> {
  const descriptors = await readDescriptors();
  return descriptors === undefined ? Number.POSITIVE_INFINITY : connectionRoom(descriptors, availableParallelism());
}

function tooFewText(wanted: number, concurrency: number): string {
  return `--concurrency ${wanted} needs more open files than this process may have: making ${concurrency} requests at a time. Raise the limit with \`ulimit -n ${wanted + 200}\`, or lower --concurrency`;
}
