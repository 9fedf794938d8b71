import type { ChildProcess } from 'node:child_process';
import { pid } from 'node:process';
import type { OutcomeError } from '../../model/outcome.ts';
import { startChild } from '../../util/child-process.ts';
import { ownProgram } from '../../util/own-program.ts';
import type { PrintModuleLine } from './map-places.ts';
import { LOADING, type MapCall, type MapReply, type PageTask } from './mapper-messages.ts';

const PROGRAM = ownProgram('worker/map/map-process', import.meta.url);
/** Timeout for loading the module. */
const LOAD_MS = 30_000;

/** The result for a page: the values of its map (absent if there are none), or why mapping failed. */
export type MapResult = { kind: 'mapped'; values?: unknown[] } | { kind: 'failed'; error: OutcomeError };

/**
 * Why a process cannot map. The message completes a sentence that begins with the module's name. `unstarted`: the
 * system started no process, which says nothing about the module.
 */
export interface LoadProblem {
  kind: 'unstarted' | 'unloadable';
  message: string;
}

/** The answer that was awaited, or why there will be none. */
type Received = MapReply | { kind: 'late' } | { kind: 'ended' };

/**
 * One process that has loaded the module and maps one page at a time. A page that takes too long makes the mapper kill
 * its process, because nothing else stops an endless loop. The module itself may also end the process. Then `alive` is
 * false, and a new mapper must be started.
 */
export class Mapper {
  readonly #heapMb: number;
  readonly #process: ChildProcess | undefined;
  readonly #exited: Promise<void>;
  readonly #loading: Promise<Received>;
  #number = LOADING;
  #onReply: ((received: Received) => void) | undefined;
  #started = false;
  #loaded = false;
  #dying: string | undefined;
  #endedAs = 'it was stopped';
  #alive = true;

  /**
   * Never throws: if the process cannot be started, `loadProblem` says so.
   *
   * @param modulePath absolute
   * @param heapMb heap limit of the module's JavaScript, in MB; buffers outside the heap are not counted
   * @param print receives the module's output; without it, the output goes to stderr
   */
  constructor(modulePath: string, heapMb: number, print?: PrintModuleLine) {
    this.#heapMb = heapMb;
    const started = startProcess(modulePath, heapMb, print);
    if (started instanceof Error) {
      this.#alive = false;
      this.#endedAs = started.message;
      this.#exited = Promise.resolve();
    } else {
      this.#process = started;
      this.#exited = this.#listen(started);
    }
    this.#loading = this.#next(LOAD_MS);
  }

  /** Resolves when the process has ended, or could not be started. */
  #listen(process: ChildProcess): Promise<void> {
    process.on('message', (message) => this.#receive(message));
    return new Promise((resolve) => {
      const end = (endedAs: string) => {
        this.#alive = false;
        this.#endedAs = this.#dying ?? endedAs;
        this.#onReply?.({ kind: 'ended' });
        resolve();
      };
      process.once('exit', (code, signal) => end(this.#exitText(code, signal)));
      process.on('error', (error) => end(error.message));
    });
  }

  /** Messages are not trusted: the module shares the process and may send anything. */
  #receive(message: unknown): void {
    const { started, dying, number, reply } = Object(message) as { started?: true; dying?: string; number?: number; reply?: MapReply };
    if (started) this.#started = true;
    else if (typeof dying === 'string') this.#dying = dying;
    else if (number === this.#number && reply !== undefined) this.#onReply?.(Object(reply) as MapReply);
  }

  /** False once it cannot map any more. */
  get alive(): boolean {
    return this.#alive;
  }

  /** True if it is alive and has loaded the module. */
  get isReady(): boolean {
    return this.#alive && this.#loaded;
  }

  /** True if it has not been given a page yet. */
  get isFresh(): boolean {
    return this.#number === LOADING;
  }

  /** Waits for the module to load. Returns why it cannot be used; undefined if it is loaded. */
  async loadProblem(): Promise<LoadProblem | undefined> {
    const received = await this.#loading;
    this.#loaded = received.kind === 'loaded';
    if (this.#loaded) return undefined;
    if (received.kind === 'unloadable') return { kind: 'unloadable', message: received.message };
    const isLate = received.kind === 'late';
    if (!this.#started) {
      const why = isLate ? `it had not started after ${LOAD_MS / 1_000} s` : this.#endedAs;
      return { kind: 'unstarted', message: `no process can be started for it: ${why}` };
    }
    return {
      kind: 'unloadable',
      message: isLate ? `it was not loaded within ${LOAD_MS / 1_000} s` : `its process ended while it was loaded: ${this.#endedAs}`,
    };
  }

  /**
   * Maps one page within `timeoutMs`. Never rejects. Call it only after the module is loaded, and not before the
   * previous call has resolved.
   */
  async map(task: PageTask, timeoutMs: number): Promise<MapResult> {
    this.#number += 1;
    const received = this.#next(timeoutMs);
    // A failure to send is not the page's fault: end the process, and another mapper gets the page.
    this.#process?.send({ number: this.#number, task } satisfies MapCall, (error) => {
      if (error) void this.end();
    });
    return this.#resultOf(await received, timeoutMs);
  }

  /** Kills the process, even if it is busy. */
  async end(): Promise<void> {
    this.#alive = false;
    this.#process?.kill('SIGKILL');
    await this.#exited;
  }

  #resultOf(received: Received, timeoutMs: number): MapResult {
    switch (received.kind) {
      case 'mapped':
        return mapped(received.json);
      case 'failed':
        return failed(received.code, received.message);
      case 'late':
        return failed('MAP_TIMEOUT', `the map did not end within ${timeoutMs} ms: --map-timeout allows more`);
      default:
        return failed('MAP_ENDED', `the map ended its process: ${this.#endedAs}`);
    }
  }

  /** The process's next answer. If it is late, kills the process. */
  #next(withinMs: number): Promise<Received> {
    return new Promise((resolve) => {
      const settle = (received: Received) => {
        clearTimeout(timer);
        this.#onReply = undefined;
        resolve(received);
      };
      const timer = setTimeout(() => {
        settle({ kind: 'late' });
        void this.end();
      }, withinMs);
      if (this.#alive) this.#onReply = settle;
      else settle({ kind: 'ended' });
    });
  }

  /** V8 aborts when the heap limit is reached. */
  #exitText(code: number | null, signal: NodeJS.Signals | null): string {
    if (this.#started && (signal === 'SIGABRT' || code === 134)) return `it used more than ${this.#heapMb} MB of memory, or aborted`;
    return signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`;
  }
}

function startProcess(modulePath: string, heapMb: number, print: PrintModuleLine | undefined): ChildProcess | Error {
  // The module's output must not get into the report on stdout.
  const output = print === undefined ? 2 : 'pipe';
  const child = startChild(PROGRAM, [modulePath, String(pid)], heapMb, {
    serialization: 'advanced',
    stdio: ['ignore', output, output, 'ipc'],
    // Its own process group: Ctrl-C in a terminal signals the whole group, but pages in progress should be finished.
    detached: true,
  });
  if (print !== undefined && !(child instanceof Error))
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', linesTo(print));
  return child;
}

/**
 * Splits output into lines. A line that arrives in parts is printed in parts: waiting for its end would need a buffer,
 * and the end may never come.
 */
function linesTo(print: PrintModuleLine): (text: string) => void {
  return (text) => {
    for (const line of text.split('\n')) if (line !== '') print(line);
  };
}

function mapped(json: string | undefined): MapResult {
  if (json === undefined) return { kind: 'mapped' };
  try {
    return { kind: 'mapped', values: JSON.parse(json) as unknown[] };
  } catch {
    return failed('MAP_VALUE', 'the map sent something other than JSON to its worker');
  }
}

function failed(code: 'MAP_THREW' | 'MAP_VALUE' | 'MAP_TIMEOUT' | 'MAP_ENDED', message: string): MapResult {
  return { kind: 'failed', error: { code, message } };
}

/** Heap limits of a mapper, in MB: with enough memory, and with hardly any. */
const MAX_MB = 512;
const MIN_MB = 64;
/** Memory that the rest of the worker needs, and that each mapper needs besides its heap, in MB. */
const WORKER_MB = 192;
const PROCESS_MB = 48;

/**
 * Returns the heap limit of each mapper, in MB, such that all of them together fit beside the worker. When a
 * container's memory is full, the system kills any of its processes.
 *
 * @param memoryBytes memory for the worker and its mappers: the container's limit, or the machine's memory
 */
export function mapperHeapMb(mappers: number, memoryBytes: number): number {
  const share = Math.floor((memoryBytes / 2 ** 20 - WORKER_MB) / mappers) - PROCESS_MB;
  return Math.max(MIN_MB, Math.min(MAX_MB, share));
}
