import { availableParallelism, totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import type { Log } from '../../model/log.ts';
import type { RunId } from '../../model/run-id.ts';
import type { RunOptions } from '../../model/run-options.ts';
import { Conditions } from '../../util/conditions.ts';
import { unusableModule } from './map-module.ts';
import { findMapModule, type MapPlaces } from './map-places.ts';
import { MapPool, type PoolResult } from './map-pool.ts';
import { mapperHeapMb } from './mapper.ts';
import type { PageTask } from './mapper-messages.ts';

/** A module that is missing or cannot be loaded is checked again after this long. */
const RECHECK_AFTER_MS = 5_000;
/** If a process could not be started, it is tried again after this long. */
const RESTART_AFTER_MS = 1_000;
/** How long a worker that is alone waits for a module that it cannot use. */
const PATIENCE_MS = 60_000;

interface RunMapsOptions {
  /** Maximum of requests in flight, and so of pages mapped at a time. */
  concurrency: number;
  /** True if there can be no other worker. */
  alone: boolean;
  /** Where modules may be loaded from. */
  places: MapPlaces;
  /** Worker processes that share the machine, including this one; 1 by default. */
  processes?: number;
  /** How long a worker that is alone waits for a module that it cannot use, in milliseconds. */
  patienceMs?: number;
}

/** `unmapped`: this worker cannot use the module now. `isFinal`: no worker will map the page. */
type RunMapResult = Exclude<PoolResult, { kind: 'unmapped' }> | { kind: 'unmapped'; message: string; isFinal: boolean };

/** What this worker knows about a module. */
interface Module {
  pool?: MapPool;
  /** A check in progress. */
  checking?: Promise<void>;
  /** Why it cannot be used, since when, and when to check again; by the monotonic clock. */
  problem?: { message: string; sinceMs: number; recheckAtMs: number };
  /** The problems that have been logged, so that each is logged once. */
  readonly problems: Conditions;
}

/**
 * The map modules of the runs that a worker visits, by path, each with its own mappers. No method rejects.
 *
 *     unknown ──check──► usable ◄──check── unusable (missing, not loadable, no process)
 *                           └──a page finds no process──► ▲
 *
 * If only this worker cannot use a module, it leaves the run to other workers and checks again later. A worker that is
 * alone waits for a minute. After that, pages get the verdict `map-failed` for as long as the module stays unusable.
 */
export class RunMaps {
  readonly #mappers: number;
  readonly #heapMb: number;
  readonly #alone: boolean;
  readonly #places: MapPlaces;
  readonly #patienceMs: number;
  readonly #log: Log;
  readonly #modules = new Map<string, Module>();

  constructor({ concurrency, alone, places, processes = 1, patienceMs = PATIENCE_MS }: RunMapsOptions, log: Log) {
    this.#mappers = Math.min(Math.ceil(availableParallelism() / processes), concurrency);
    // Without a limit, `constrainedMemory` returns 0 or more than the machine has.
    this.#heapMb = mapperHeapMb(this.#mappers, Math.min(constrainedMemory() || Number.POSITIVE_INFINITY, totalmem()) / processes);
    this.#alone = alone;
    this.#places = places;
    this.#patienceMs = patienceMs;
    this.#log = log;
  }

  /** True if this worker can map the run's pages, or if there is no point in waiting for a worker that can. */
  async accepts(run: RunId, { map }: Pick<RunOptions, 'map'>): Promise<boolean> {
    if (map === undefined) return true;
    const module = await this.#checked(run, map);
    return module.problem === undefined || this.#gaveUp(module);
  }

  /** True while pages of the module should not be fetched here: they could not be mapped now, but perhaps later. */
  mustWait(path: string): boolean {
    const module = this.#modules.get(path);
    return module?.problem !== undefined && !this.#gaveUp(module);
  }

  /** Maps a page as soon as a mapper is free; from then on it has `timeoutMs`. */
  async map(run: RunId, path: string, page: PageTask, timeoutMs: number): Promise<RunMapResult> {
    const module = await this.#checked(run, path);
    if (module.problem === undefined && module.pool !== undefined) {
      const result = await module.pool.map(page, timeoutMs);
      if (result.kind !== 'unmapped') {
        this.#reportMissing(run, module);
        return result;
      }
      const { kind, message } = result.problem;
      this.#decline(run, module, unusableModule(path, message), kind === 'unstarted' ? RESTART_AFTER_MS : RECHECK_AFTER_MS);
    }
    return { kind: 'unmapped', message: module.problem?.message ?? '', isFinal: this.#gaveUp(module) };
  }

  /** Kills all mappers. */
  async close(): Promise<void> {
    await Promise.all([...this.#modules.values()].map(({ pool }) => pool?.close()));
  }

  /** Returns the module, after a check if one is due. */
  async #checked(run: RunId, path: string): Promise<Module> {
    const known = this.#modules.get(path);
    const module = known ?? { problems: new Conditions() };
    if (known === undefined) this.#modules.set(path, module);
    const isDue = module.problem === undefined ? module.pool === undefined : performance.now() >= module.problem.recheckAtMs;
    if (isDue) {
      module.checking ??= this.#open(run, path, module).finally(() => {
        delete module.checking;
      });
    }
    await module.checking;
    return module;
  }

  async #open(run: RunId, path: string, module: Module): Promise<void> {
    try {
      const modulePath = await findMapModule(path, this.#places);
      module.pool ??= new MapPool(modulePath, { mappers: this.#mappers, heapMb: this.#heapMb, print: this.#places.print });
    } catch (error) {
      this.#decline(run, module, (error as Error).message, RECHECK_AFTER_MS);
      return;
    }
    const problem = await module.pool.loadProblem();
    if (problem !== undefined) {
      this.#decline(run, module, unusableModule(path, problem.message), problem.kind === 'unstarted' ? RESTART_AFTER_MS : RECHECK_AFTER_MS);
      return;
    }
    if (module.problem !== undefined) this.#log.info({ event: 'map-usable', run }, `the map module ${path} can be used again`);
    delete module.problem;
    module.problems.end();
  }

  #decline(run: RunId, module: Module, message: string, recheckAfterMs: number): void {
    const nowMs = performance.now();
    module.problem = { message, sinceMs: module.problem?.sinceMs ?? nowMs, recheckAtMs: nowMs + recheckAfterMs };
    const seconds = Math.round(this.#patienceMs / 1_000);
    if (this.#gaveUp(module)) this.#logOnce(run, module, `${message}; after waiting ${seconds} s, its pages get the verdict map-failed`);
    else if (this.#alone) this.#logOnce(run, module, `${message}; its URLs wait until it can be used, at most ${seconds} s`);
    else this.#logOnce(run, module, `${message}; its URLs wait for a worker that has it`);
  }

  /** Logs if pages are mapped by fewer processes than intended. */
  #reportMissing(run: RunId, module: Module): void {
    const missing = module.pool?.startProblem;
    if (missing !== undefined)
      this.#logOnce(run, module, `only ${module.pool?.size} processes map pages, instead of ${this.#mappers}: ${missing}`);
    else if (module.problem === undefined) module.problems.end();
  }

  #logOnce(run: RunId, module: Module, message: string): void {
    if (module.problems.isNews(message)) this.#log.error({ event: 'map-unusable', run }, message);
  }

  #gaveUp({ problem }: Module): boolean {
    return this.#alone && problem !== undefined && performance.now() - problem.sinceMs >= this.#patienceMs;
  }
}
