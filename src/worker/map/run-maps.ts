import { availableParallelism, totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import type { Log } from '../../model/log.ts';
import type { RunId } from '../../model/run-id.ts';
import type { RunOptions } from '../../model/run-options.ts';
import { unusableModule } from './map-module.ts';
import { findMapModule, type MapPlaces } from './map-places.ts';
import { MapPool, type PoolResult } from './map-pool.ts';
import { mapperHeapMb } from './mapper.ts';
import type { PageTask } from './mapper-messages.ts';

/** A module that is missing or cannot be loaded is looked at again after so long. */
const LOOK_AGAIN_MS = 5_000;
/** A process that could not be started is tried again after so long. */
const START_AGAIN_MS = 1_000;
/** So long a worker that is alone waits for a module that it cannot use. */
const PATIENCE_MS = 60_000;

interface RunMapsOptions {
  /** Requests in flight: no more pages are mapped at a time. */
  concurrency: number;
  /** No other worker can come. */
  alone: boolean;
  /** Where modules may be taken from. */
  places: MapPlaces;
  /** Processes like this one that share the machine; 1 by default. */
  processes?: number;
  /** For how long one that is alone waits for a module that it cannot use, in milliseconds. */
  patienceMs?: number;
}

/** `unmapped`: this worker cannot use the module now. `isFinal`: nobody will map the page. */
type RunMapResult = Exclude<PoolResult, { kind: 'unmapped' }> | { kind: 'unmapped'; message: string; isFinal: boolean };

/** A module of a run as this worker knows it. */
interface Module {
  pool?: MapPool;
  /** A look at it is under way. */
  looking?: Promise<void>;
  /** Why it cannot be used, and since when, by the monotonic clock. */
  problem?: { message: string; sinceMs: number; lookAgainMs: number };
  /** The last problem that was logged, so that each is logged once. */
  logged?: string;
}

/**
 * The map modules of the runs that a worker meets, each with mappers of its own, by their paths. Nothing here rejects.
 *
 *     unknown ──look──► usable ◄──look── unusable (missing, not loadable, no process)
 *                          └──a page finds no process──► ▲
 *
 * An unusable module is this worker's problem: it leaves the run to other workers and looks again. A worker that is alone waits for a minute; then the pages get
 * the outcome `map-failed`, for as long as the module stays unusable.
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
    // Without a limit it is 0, or more than there is.
    this.#heapMb = mapperHeapMb(this.#mappers, Math.min(constrainedMemory() || Number.POSITIVE_INFINITY, totalmem()) / processes);
    this.#alone = alone;
    this.#places = places;
    this.#patienceMs = patienceMs;
    this.#log = log;
  }

  /** True if this worker can do what the run wants done with its pages, or nobody will. */
  async accepts(run: RunId, { map }: Pick<RunOptions, 'map'>): Promise<boolean> {
    if (map === undefined) return true;
    const module = await this.#look(run, map);
    return module.problem === undefined || this.#gaveUp(module);
  }

  /** True while pages of the module should not be fetched here: they could not be mapped, but may be later. */
  mustWait(path: string): boolean {
    const module = this.#modules.get(path);
    return module?.problem !== undefined && !this.#gaveUp(module);
  }

  /** Maps a page as soon as a mapper is free; then it has `timeoutMs`. */
  async map(run: RunId, path: string, page: PageTask, timeoutMs: number): Promise<RunMapResult> {
    const module = await this.#look(run, path);
    if (module.problem === undefined && module.pool !== undefined) {
      const result = await module.pool.map(page, timeoutMs);
      if (result.kind !== 'unmapped') {
        this.#noteMissing(run, module);
        return result;
      }
      const { kind, message } = result.problem;
      this.#decline(run, module, unusableModule(path, message), kind === 'unstarted' ? START_AGAIN_MS : LOOK_AGAIN_MS);
    }
    return { kind: 'unmapped', message: module.problem?.message ?? '', isFinal: this.#gaveUp(module) };
  }

  /** Ends all mappers. */
  async close(): Promise<void> {
    await Promise.all([...this.#modules.values()].map(({ pool }) => pool?.close()));
  }

  /** The module, looked at if that was not done yet or is to be done again. */
  async #look(run: RunId, path: string): Promise<Module> {
    const known = this.#modules.get(path);
    const module = known ?? {};
    if (known === undefined) this.#modules.set(path, module);
    const isDue = module.problem === undefined ? module.pool === undefined : performance.now() >= module.problem.lookAgainMs;
    if (isDue) {
      module.looking ??= this.#open(run, path, module).finally(() => {
        delete module.looking;
      });
    }
    await module.looking;
    return module;
  }

  async #open(run: RunId, path: string, module: Module): Promise<void> {
    try {
      const modulePath = await findMapModule(path, this.#places);
      module.pool ??= new MapPool(modulePath, { mappers: this.#mappers, heapMb: this.#heapMb, print: this.#places.print });
    } catch (error) {
      this.#decline(run, module, (error as Error).message, LOOK_AGAIN_MS);
      return;
    }
    const problem = await module.pool.loadProblem();
    if (problem !== undefined) {
      this.#decline(run, module, unusableModule(path, problem.message), problem.kind === 'unstarted' ? START_AGAIN_MS : LOOK_AGAIN_MS);
      return;
    }
    if (module.problem !== undefined) this.#log.info({ run }, `the map module ${path} can be used again`);
    delete module.problem;
    delete module.logged;
  }

  #decline(run: RunId, module: Module, message: string, againMs: number): void {
    const nowMs = performance.now();
    module.problem = { message, sinceMs: module.problem?.sinceMs ?? nowMs, lookAgainMs: nowMs + againMs };
    const seconds = Math.round(this.#patienceMs / 1_000);
    if (this.#gaveUp(module)) this.#logOnce(run, module, `${message}; after waiting ${seconds} s, its pages get the verdict map-failed`);
    else if (this.#alone) this.#logOnce(run, module, `${message}; its URLs wait until it can be used, at most ${seconds} s`);
    else this.#logOnce(run, module, `${message}; its URLs wait for a worker that has it`);
  }

  /** Pages are mapped, but by fewer processes than there should be. */
  #noteMissing(run: RunId, module: Module): void {
    const missing = module.pool?.startProblem;
    if (missing !== undefined)
      this.#logOnce(run, module, `only ${module.pool?.size} processes map pages, instead of ${this.#mappers}: ${missing}`);
    else if (module.problem === undefined) delete module.logged;
  }

  #logOnce(run: RunId, module: Module, message: string): void {
    if (module.logged !== message) this.#log.error({ run }, message);
    module.logged = message;
  }

  #gaveUp({ problem }: Module): boolean {
    return this.#alone && problem !== undefined && performance.now() - problem.sinceMs >= this.#patienceMs;
  }
}
