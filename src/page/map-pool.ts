import { Mapper, type MapResult } from './mapper.ts';
import type { PageTask } from './mapper-messages.ts';

export interface MapPoolOptions {
  /** Mappers at most, at least 1. Each is started when a page finds no other free. */
  mappers: number;
  /** JavaScript heap of each, in MB. */
  heapMb?: number;
  /** A mapper that had nothing to do for so long, in milliseconds, is ended. */
  idleMs?: number;
}

const DEFAULT_HEAP_MB = 512;
const DEFAULT_IDLE_MS = 60_000;

/** Processes that map pages with one module. Each has one page at a time, so that what a page does to its process is that page's alone. */
export class MapPool {
  readonly #modulePath: string;
  readonly #most: number;
  readonly #heapMb: number;
  readonly #idleMs: number;
  readonly #mappers = new Set<Mapper>();
  /** The one that was busy last comes last, and is taken first. */
  readonly #idle: Array<{ mapper: Mapper; timer: NodeJS.Timeout }> = [];
  readonly #waiting: Array<(mapper: Mapper | undefined) => void> = [];
  #closed = false;

  /** @param modulePath absolute */
  constructor(modulePath: string, { mappers, heapMb = DEFAULT_HEAP_MB, idleMs = DEFAULT_IDLE_MS }: MapPoolOptions) {
    this.#modulePath = modulePath;
    this.#most = Math.max(1, mappers);
    this.#heapMb = heapMb;
    this.#idleMs = idleMs;
  }

  /** Mappers that are there now. */
  get size(): number {
    return this.#mappers.size;
  }

  /**
   * Maps the page as soon as a mapper is free; then it has `timeoutMs`. Never rejects. A mapper that mapped other pages before may end of what they left behind (a
   * rejection that nobody took, memory): then the page is mapped once more, in one where none was.
   */
  async map(task: PageTask, timeoutMs: number): Promise<MapResult> {
    for (;;) {
      const mapper = await this.#take();
      if (mapper === undefined) return { kind: 'failed', error: { code: 'MAP_ENDED', message: 'the worker was stopped' } };
      const { isFresh } = mapper;
      const result = await mapper.map(task, timeoutMs);
      this.#leave(mapper);
      if (isFresh || this.#closed || result.kind === 'mapped' || result.error.code !== 'MAP_ENDED') return result;
    }
  }

  /** What keeps the module from being used, in words that follow its name; undefined if a mapper has loaded it. */
  async loadProblem(): Promise<string | undefined> {
    const mapper = await this.#take();
    if (mapper === undefined) return 'the worker was stopped';
    const problem = await mapper.loadProblem();
    if (problem !== undefined) await mapper.end();
    this.#leave(mapper);
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
    if (this.#mappers.size < this.#most) return this.#start();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #start(): Mapper {
    const mapper = new Mapper(this.#modulePath, this.#heapMb);
    this.#mappers.add(mapper);
    return mapper;
  }

  #leave(mapper: Mapper): void {
    if (this.#closed) return;
    if (!mapper.alive) this.#mappers.delete(mapper);
    const next = this.#waiting.shift();
    if (next !== undefined) next(mapper.alive ? mapper : this.#start());
    else if (mapper.alive) this.#rest(mapper);
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
