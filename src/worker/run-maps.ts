import { availableParallelism, totalmem } from 'node:os';
import { constrainedMemory } from 'node:process';
import { UsageError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { RunId } from '../core/run-id.ts';
import type { RunOptions } from '../core/run-options.ts';
import { findMapModule, loadMapModule } from '../page/map-module.ts';
import { MapPool } from '../page/map-pool.ts';
import { mapperHeapMb } from '../page/mapper-heap.ts';

/** A module that is missing, or cannot be loaded, is looked at again after so long. */
const LOOK_AGAIN_MS = 5_000;

/** The map modules of the runs that a worker meets, each with mappers of its own, by their paths. */
export class RunMaps {
  readonly #mappers: number;
  readonly #heapMb: number;
  readonly #log: Log;
  readonly #pools = new Map<string, Promise<MapPool | undefined>>();
  /** What was said of a path, so that it is said once. */
  readonly #said = new Map<string, string>();
  readonly #timers = new Set<NodeJS.Timeout>();

  /** @param concurrency requests in flight: no more pages are mapped at a time */
  constructor(concurrency: number, log: Log) {
    this.#mappers = Math.min(availableParallelism(), concurrency);
    // Without a limit it is 0, or more than there is.
    this.#heapMb = mapperHeapMb(this.#mappers, Math.min(constrainedMemory() || Number.POSITIVE_INFINITY, totalmem()));
    this.#log = log;
  }

  /** True if this worker can do what the run wants done with its pages. If not, it says so once for each module. */
  async accepts(run: RunId, { map }: Pick<RunOptions, 'map'>): Promise<boolean> {
    return map === undefined || (await this.pool(run, map)) !== undefined;
  }

  /** The mappers that have loaded the module; undefined if it is not to be had here. */
  pool(run: RunId, path: string): Promise<MapPool | undefined> {
    const known = this.#pools.get(path);
    if (known !== undefined) return known;
    const opening = this.#open(path).catch((error: unknown) => {
      this.#decline(run, path, error);
      return undefined;
    });
    this.#pools.set(path, opening);
    return opening;
  }

  /** Ends all mappers. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const pool of await Promise.all(this.#pools.values())) await pool?.close();
  }

  async #open(path: string): Promise<MapPool> {
    const pool = new MapPool(await findMapModule(path), { mappers: this.#mappers, heapMb: this.#heapMb });
    try {
      await loadMapModule(path, pool);
    } catch (error) {
      await pool.close();
      throw error;
    }
    this.#said.delete(path);
    return pool;
  }

  #decline(run: RunId, path: string, error: unknown): void {
    if (!(error instanceof UsageError)) throw error;
    const { message } = error;
    if (this.#said.get(path) !== message) this.#log.error({ run }, `${message}; its URLs wait for a worker that has it`);
    this.#said.set(path, message);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#pools.delete(path);
    }, LOOK_AGAIN_MS).unref();
    this.#timers.add(timer);
  }
}
