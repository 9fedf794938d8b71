import { Worker } from 'node:worker_threads';
import type { OutcomeError } from '../core/outcome.ts';
import { thrownText } from '../core/thrown-text.ts';
import { threadEntry } from './thread-entry.ts';
import { LOADING, type PageTask, type ThreadAnswer, type ThreadCall, type ThreadReply, type ThreadStart } from './thread-messages.ts';

/** A module may take so long to load. */
const LOAD_MS = 30_000;

/** What became of a page: the values of its map, absent if it has none, or why there are none. */
export type MapResult = { kind: 'mapped'; values?: unknown[] } | { kind: 'failed'; error: OutcomeError };

/** What was waited for: an answer, or that there will be none. */
type Heard = ThreadReply | { kind: 'late' } | { kind: 'ended' };

/**
 * One thread with the module in it, for one page at a time. A page that takes too long ends the thread, for nothing else stops a loop; so may whatever the
 * module does. Then it is no longer alive, and another has to be started.
 */
export class Mapper {
  readonly #modulePath: string;
  readonly #worker: Worker;
  readonly #heapMb: number;
  readonly #loading: Promise<Heard>;
  #number = LOADING;
  #hear: ((heard: Heard) => void) | undefined;
  #error: unknown;
  #endedAs = 'it was stopped';
  #alive = true;

  /** @param modulePath absolute. @param heapMb what the module's JavaScript may take, in MB of heap; buffers outside of it are not counted */
  constructor(modulePath: string, heapMb: number) {
    this.#modulePath = modulePath;
    this.#heapMb = heapMb;
    const start: ThreadStart = { modulePath };
    this.#worker = new Worker(threadEntry(), { name: 'trawl-map', workerData: start, resourceLimits: { maxOldGenerationSizeMb: heapMb } });
    this.#worker.on('message', ({ number, reply }: ThreadAnswer) => {
      if (number === this.#number) this.#hear?.(reply);
    });
    this.#worker.on('error', (error) => {
      this.#error = error;
    });
    this.#worker.on('exit', (code) => {
      this.#alive = false;
      this.#endedAs = this.#error === undefined ? `it exited with code ${code}` : this.#errorText();
      this.#hear?.({ kind: 'ended' });
    });
    this.#loading = this.#next(LOAD_MS);
  }

  /** False: it maps nothing any more. */
  get alive(): boolean {
    return this.#alive;
  }

  /** It has mapped no page yet. */
  get isFresh(): boolean {
    return this.#number === LOADING;
  }

  /** What keeps the module from being used, in words that follow its name; undefined if it is loaded. */
  async loadProblem(): Promise<string | undefined> {
    const heard = await this.#loading;
    if (heard.kind === 'loaded') return undefined;
    if (heard.kind === 'unloadable') return heard.message;
    return heard.kind === 'late'
      ? `it was not loaded within ${LOAD_MS / 1_000} s`
      : `its thread ended while it was loaded: ${this.#endedAs}`;
  }

  /** Maps one page, within `timeoutMs` from when the module is loaded. Never rejects. Call it again only when it has resolved. */
  async map(task: PageTask, timeoutMs: number): Promise<MapResult> {
    const problem = await this.loadProblem();
    if (problem !== undefined) {
      await this.end();
      return failed('MAP_ENDED', `the map module cannot be loaded any more: ${problem}`);
    }
    this.#number += 1;
    const heard = this.#next(timeoutMs);
    // The copy is given away with its memory: one copy instead of two, and the caller's body stays.
    const body = new Uint8Array(task.body);
    const call: ThreadCall = { number: this.#number, task: { ...task, body } };
    this.#worker.postMessage(call, [body.buffer]);
    return this.#resultOf(await heard, timeoutMs);
  }

  /** Ends the thread, whatever it does. */
  async end(): Promise<void> {
    this.#alive = false;
    await this.#worker.terminate();
  }

  #resultOf(heard: Heard, timeoutMs: number): MapResult {
    switch (heard.kind) {
      case 'mapped':
        return heard.json === undefined ? { kind: 'mapped' } : { kind: 'mapped', values: JSON.parse(heard.json) as unknown[] };
      case 'failed':
        return failed(heard.code, heard.message);
      case 'late':
        return failed('MAP_TIMEOUT', `the map did not end within ${timeoutMs} ms: --map-timeout allows more`);
      default:
        return failed('MAP_ENDED', `the map ended its thread: ${this.#endedAs}`);
    }
  }

  /** The thread's next answer. One that is late ends the thread. */
  #next(withinMs: number): Promise<Heard> {
    return new Promise((resolve) => {
      const settle = (heard: Heard) => {
        clearTimeout(timer);
        this.#hear = undefined;
        resolve(heard);
      };
      const timer = setTimeout(() => {
        settle({ kind: 'late' });
        void this.end();
      }, withinMs);
      if (this.#alive) this.#hear = settle;
      else settle({ kind: 'ended' });
    });
  }

  #errorText(): string {
    const { code } = this.#error as { code?: unknown };
    return code === 'ERR_WORKER_OUT_OF_MEMORY'
      ? `it took more than ${this.#heapMb} MB of memory`
      : thrownText(this.#error, this.#modulePath);
  }
}

function failed(code: 'MAP_THREW' | 'MAP_VALUE' | 'MAP_TIMEOUT' | 'MAP_ENDED', message: string): MapResult {
  return { kind: 'failed', error: { code, message } };
}
