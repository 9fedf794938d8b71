import type { PrintModuleLine } from './map-places.ts';
import { type LoadProblem, Mapper, type MapResult } from './mapper.ts';
import type { PageTask } from './mapper-messages.ts';

export interface MapPoolOptions {
  /** Maximum of mappers, at least 1. Another one is started when a page finds none idle. */
  mappers: number;
  /** JavaScript heap limit of each mapper, in MB. */
  heapMb?: number;
  /** A mapper that was idle for this long, in milliseconds, is ended. */
  idleMs?: number;
  /** Receives the module's output; without it, the output goes to stderr. */
  print?: PrintModuleLine | undefined;
}

const DEFAULT_HEAP_MB = 512;
const DEFAULT_IDLE_MS = 60_000;
/** After a process could not be started, no other is started for this long. Meanwhile pages share the running ones. */
const RESTART_AFTER_MS = 1_000;

/**
 * `unmapped`: no process is running that could map the page, and none can be started or load the module now. The module
 * has not seen the page.
 */
export type PoolResult = MapResult | { kind: 'unmapped'; problem: LoadProblem };

const STOPPED: MapResult = { kind: 'failed', error: { code: 'MAP_ENDED', message: 'the worker was stopped' } };

/**
 * A pool of processes that map pages with one module. Each process has one page at a time, so a page that crashes or
 * blocks its process harms no other page.
 */
export class MapPool {
  readonly #modulePath: string;
  readonly #maxMappers: number;
  readonly #heapMb: number;
  readonly #idleMs: number;
  readonly #print: PrintModuleLine | undefined;
  readonly #mappers = new Set<Mapper>();
  /** A stack: the mapper that was busy last is taken first, so the others can time out. */
  readonly #idle: Array<{ mapper: Mapper; timer: NodeJS.Timeout }> = [];
  readonly #waiting: Array<(mapper: Mapper | undefined) => void> = [];
  #closed = false;
  #startProblem: string | undefined;
  #noStartUntilMs = 0;

  /** @param modulePath absolute */
  constructor(modulePath: string, { mappers, heapMb = DEFAULT_HEAP_MB, idleMs = DEFAULT_IDLE_MS, print }: MapPoolOptions) {
    this.#modulePath = modulePath;
    this.#maxMappers = Math.max(1, mappers);
    this.#heapMb = heapMb;
    this.#idleMs = idleMs;
    this.#print = print;
  }

  /** Number of running mappers. */
  get size(): number {
    return this.#mappers.size;
  }

  /** Why the last start of a mapper failed; undefined if it succeeded. */
  get startProblem(): string | undefined {
    return this.#startProblem;
  }

  /**
   * Maps the page as soon as a mapper is free; from then on it has `timeoutMs`. Never rejects. If a mapper cannot be
   * started, the page waits for a running one, if there is any. A mapper that has mapped other pages may end because of
   * what they left behind (an unhandled rejection, memory). Then the page is mapped once more, in a new mapper.
   */
  async map(task: PageTask, timeoutMs: number): Promise<PoolResult> {
    for (;;) {
      const mapper = await this.#take();
      if (mapper === undefined) return STOPPED;
      const { isFresh } = mapper;
      const problem = await this.#loadProblem(mapper);
      if (problem !== undefined) {
        if (this.#closed) return STOPPED;
        if (problem.kind === 'unstarted' && [...this.#mappers].some(({ isReady }) => isReady)) continue;
        return { kind: 'unmapped', problem };
      }
      const result = await mapper.map(task, timeoutMs);
      this.#release(mapper);
      if (isFresh || this.#closed || result.kind === 'mapped' || result.error.code !== 'MAP_ENDED') return result;
    }
  }

  /** Why the module cannot be used; undefined if a mapper has loaded it. Never rejects. */
  async loadProblem(): Promise<LoadProblem | undefined> {
    const mapper = await this.#take();
    if (mapper === undefined) return { kind: 'unstarted', message: 'the worker was stopped' };
    const problem = await this.#loadProblem(mapper);
    if (problem === undefined) this.#release(mapper);
    return problem;
  }

  /** Waits until the mapper has loaded the module. A mapper that fails to is ended and leaves the pool. */
  async #loadProblem(mapper: Mapper): Promise<LoadProblem | undefined> {
    const wasReady = mapper.isReady;
    const problem = await mapper.loadProblem();
    if (problem?.kind !== 'unstarted') {
      if (!wasReady) this.#startProblem = undefined;
    } else {
      this.#startProblem = problem.message;
      this.#noStartUntilMs = performance.now() + RESTART_AFTER_MS;
    }
    if (problem !== undefined) {
      await mapper.end();
      this.#release(mapper);
    }
    return problem;
  }

  /** Kills all mappers, even busy ones. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#idle) clearTimeout(timer);
    for (const next of this.#waiting.splice(0)) next(undefined);
    await Promise.all([...this.#mappers].map((mapper) => mapper.end()));
    this.#mappers.clear();
  }

  #take(): Mapper | undefined | Promise<Mapper | undefined> {
    if (this.#closed) return undefined;
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (idle.mapper.alive) return idle.mapper;
      this.#mappers.delete(idle.mapper);
    }
    if (this.#mayStart()) return this.#start();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #mayStart(): boolean {
    const { size } = this.#mappers;
    return size === 0 || (size < this.#maxMappers && performance.now() >= this.#noStartUntilMs);
  }

  #start(): Mapper {
    const mapper = new Mapper(this.#modulePath, this.#heapMb, this.#print);
    this.#mappers.add(mapper);
    return mapper;
  }

  #release(mapper: Mapper): void {
    if (this.#closed) return;
    if (!mapper.alive) this.#mappers.delete(mapper);
    if (this.#waiting.length === 0) {
      if (mapper.alive) this.#idleUntilTimeout(mapper);
    } else if (mapper.alive) this.#waiting.shift()?.(mapper);
    else if (this.#mayStart()) this.#waiting.shift()?.(this.#start());
  }

  #idleUntilTimeout(mapper: Mapper): void {
    const idle = {
      mapper,
      timer: setTimeout(() => {
        this.#idle.splice(this.#idle.indexOf(idle), 1);
        this.#mappers.delete(mapper);
        void mapper.end();
      }, this.#idleMs).unref(),
    };
    this.#idle.push(idle);
  }
}
