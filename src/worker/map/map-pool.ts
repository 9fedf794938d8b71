import type { PrintModuleLine } from './map-places.ts';
import { type LoadProblem, Mapper, type MapResult } from './mapper.ts';
import type { PageTask } from './mapper-messages.ts';

export interface MapPoolOptions {
  /** Mappers at most, at least 1. Each is started when a page finds no other free. */
  mappers: number;
  /** JavaScript heap of each, in MB. */
  heapMb?: number;
  /** A mapper that had nothing to do for so long, in milliseconds, is ended. */
  idleMs?: number;
  /** Takes what the module prints; without it, that goes to stderr. */
  print?: PrintModuleLine | undefined;
}

const DEFAULT_HEAP_MB = 512;
const DEFAULT_IDLE_MS = 60_000;
/** While the machine gives no further process, one is asked for again after so long. Until then pages share those that are there. */
const START_AGAIN_MS = 1_000;

/** `unmapped`: there is no process that could map the page, and none can be started or load the module now. The page was not given to the module. */
export type PoolResult = MapResult | { kind: 'unmapped'; problem: LoadProblem };

const STOPPED: MapResult = { kind: 'failed', error: { code: 'MAP_ENDED', message: 'the worker was stopped' } };

/** Processes that map pages with one module. Each has one page at a time, so that what a page does to its process is that page's alone. */
export class MapPool {
  readonly #modulePath: string;
  readonly #most: number;
  readonly #heapMb: number;
  readonly #idleMs: number;
  readonly #print: PrintModuleLine | undefined;
  readonly #mappers = new Set<Mapper>();
  /** The one that was busy last comes last, and is taken first. */
  readonly #idle: Array<{ mapper: Mapper; timer: NodeJS.Timeout }> = [];
  readonly #waiting: Array<(mapper: Mapper | undefined) => void> = [];
  #closed = false;
  #startProblem: string | undefined;
  #noStartUntilMs = 0;

  /** @param modulePath absolute */
  constructor(modulePath: string, { mappers, heapMb = DEFAULT_HEAP_MB, idleMs = DEFAULT_IDLE_MS, print }: MapPoolOptions) {
    this.#modulePath = modulePath;
    this.#most = Math.max(1, mappers);
    this.#heapMb = heapMb;
    this.#idleMs = idleMs;
    this.#print = print;
  }

  /** Mappers that are there now. */
  get size(): number {
    return this.#mappers.size;
  }

  /** Why the last mapper that was to be started could not be; undefined if it was. */
  get startProblem(): string | undefined {
    return this.#startProblem;
  }

  /**
   * Maps the page as soon as a mapper is free; then it has `timeoutMs`. Never rejects. If a mapper cannot be started, the page waits for one of the others, if there are any. A mapper that mapped other
   * pages before may end because of what they left behind (a rejection that nobody took, memory): then the page is mapped once more, in a new one.
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
      this.#leave(mapper);
      if (isFresh || this.#closed || result.kind === 'mapped' || result.error.code !== 'MAP_ENDED') return result;
    }
  }

  /** What keeps the module from being used; undefined if a mapper has loaded it. Never rejects. */
  async loadProblem(): Promise<LoadProblem | undefined> {
    const mapper = await this.#take();
    if (mapper === undefined) return { kind: 'unstarted', message: 'the worker was stopped' };
    const problem = await this.#loadProblem(mapper);
    if (problem === undefined) this.#leave(mapper);
    return problem;
  }

  /** Waits for the mapper to load the module. One that cannot leaves. */
  async #loadProblem(mapper: Mapper): Promise<LoadProblem | undefined> {
    const wasReady = mapper.isReady;
    const problem = await mapper.loadProblem();
    if (problem?.kind !== 'unstarted') {
      if (!wasReady) this.#startProblem = undefined;
    } else {
      this.#startProblem = problem.message;
      this.#noStartUntilMs = performance.now() + START_AGAIN_MS;
    }
    if (problem !== undefined) {
      await mapper.end();
      this.#leave(mapper);
    }
    return problem;
  }

  /** Ends all mappers, whatever they do. */
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
    return size === 0 || (size < this.#most && performance.now() >= this.#noStartUntilMs);
  }

  #start(): Mapper {
    const mapper = new Mapper(this.#modulePath, this.#heapMb, this.#print);
    this.#mappers.add(mapper);
    return mapper;
  }

  #leave(mapper: Mapper): void {
    if (this.#closed) return;
    if (!mapper.alive) this.#mappers.delete(mapper);
    if (this.#waiting.length === 0) {
      if (mapper.alive) this.#rest(mapper);
    } else if (mapper.alive) this.#waiting.shift()?.(mapper);
    else if (this.#mayStart()) this.#waiting.shift()?.(this.#start());
  }

  #rest(mapper: Mapper): void {
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
