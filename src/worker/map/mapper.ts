import { type ChildProcess, fork } from 'node:child_process';
import { execArgv, pid } from 'node:process';
import type { OutcomeError } from '../../model/outcome.ts';
import { ownProgram } from '../../util/own-program.ts';
import type { PrintModuleLine } from './map-places.ts';
import { LOADING, type MapCall, type MapReply, type PageTask } from './mapper-messages.ts';

const PROGRAM = ownProgram('worker/map/map-process', import.meta.url);
/** A module may take so long to load. */
const LOAD_MS = 30_000;

/** What became of a page: the values of its map, absent if it has none, or why there are none. */
export type MapResult = { kind: 'mapped'; values?: unknown[] } | { kind: 'failed'; error: OutcomeError };

/** Why a process maps nothing, in words that follow the module's name. `unstarted`: the machine gave no process, which says nothing of the module. */
export interface LoadProblem {
  kind: 'unstarted' | 'unloadable';
  message: string;
}

/** What was waited for: an answer, or that there will be none. */
type Heard = MapReply | { kind: 'late' } | { kind: 'ended' };

/**
 * One process with the module in it, for one page at a time. A page that takes too long ends the process, for nothing else stops a loop; so may whatever the
 * module does. Then it is no longer alive, and another has to be started.
 */
export class Mapper {
  readonly #heapMb: number;
  readonly #process: ChildProcess | undefined;
  readonly #exited: Promise<void>;
  readonly #loading: Promise<Heard>;
  #number = LOADING;
  #hear: ((heard: Heard) => void) | undefined;
  #started = false;
  #loaded = false;
  #dying: string | undefined;
  #endedAs = 'it was stopped';
  #alive = true;

  /**
   * Never throws: a process that cannot be started is a `loadProblem`.
   *
   * @param modulePath absolute. @param heapMb what the module's JavaScript may take, in MB of heap; buffers outside of it are not counted. @param print without it, what the module prints goes to stderr
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

  /** Resolves when the process has ended, or was never there. */
  #listen(process: ChildProcess): Promise<void> {
    process.on('message', (message) => this.#receive(message));
    return new Promise((resolve) => {
      const end = (endedAs: string) => {
        this.#alive = false;
        this.#endedAs = this.#dying ?? endedAs;
        this.#hear?.({ kind: 'ended' });
        resolve();
      };
      process.once('exit', (code, signal) => end(this.#exitText(code, signal)));
      process.on('error', (error) => end(error.message));
    });
  }

  /** The module shares the process and may send anything. */
  #receive(message: unknown): void {
    const { started, dying, number, reply } = Object(message) as { started?: true; dying?: string; number?: number; reply?: MapReply };
    if (started) this.#started = true;
    else if (typeof dying === 'string') this.#dying = dying;
    else if (number === this.#number && reply !== undefined) this.#hear?.(Object(reply) as MapReply);
  }

  /** False: it maps nothing any more. */
  get alive(): boolean {
    return this.#alive;
  }

  /** The module is loaded in it, and it is alive. */
  get isReady(): boolean {
    return this.#alive && this.#loaded;
  }

  /** It has mapped no page yet. */
  get isFresh(): boolean {
    return this.#number === LOADING;
  }

  /** What keeps it from mapping; undefined if the module is loaded. */
  async loadProblem(): Promise<LoadProblem | undefined> {
    const heard = await this.#loading;
    this.#loaded = heard.kind === 'loaded';
    if (this.#loaded) return undefined;
    if (heard.kind === 'unloadable') return { kind: 'unloadable', message: heard.message };
    const isLate = heard.kind === 'late';
    if (!this.#started) {
      const why = isLate ? `it had not started after ${LOAD_MS / 1_000} s` : this.#endedAs;
      return { kind: 'unstarted', message: `no process can be started for it: ${why}` };
    }
    return {
      kind: 'unloadable',
      message: isLate ? `it was not loaded within ${LOAD_MS / 1_000} s` : `its process ended while it was loaded: ${this.#endedAs}`,
    };
  }

  /** Maps one page, within `timeoutMs`. Never rejects. Call it when the module is loaded, and again only when it has resolved. */
  async map(task: PageTask, timeoutMs: number): Promise<MapResult> {
    this.#number += 1;
    const heard = this.#next(timeoutMs);
    // A page that cannot be sent is not the page's fault: the process ends, and another one gets the page.
    this.#process?.send({ number: this.#number, task } satisfies MapCall, (error) => {
      if (error) void this.end();
    });
    return this.#resultOf(await heard, timeoutMs);
  }

  /** Ends the process, whatever it does. */
  async end(): Promise<void> {
    this.#alive = false;
    this.#process?.kill('SIGKILL');
    await this.#exited;
  }

  #resultOf(heard: Heard, timeoutMs: number): MapResult {
    switch (heard.kind) {
      case 'mapped':
        return mapped(heard.json);
      case 'failed':
        return failed(heard.code, heard.message);
      case 'late':
        return failed('MAP_TIMEOUT', `the map did not end within ${timeoutMs} ms: --map-timeout allows more`);
      default:
        return failed('MAP_ENDED', `the map ended its process: ${this.#endedAs}`);
    }
  }

  /** The process's next answer. One that is late ends the process. */
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

  /** V8 aborts when it has no memory left. */
  #exitText(code: number | null, signal: NodeJS.Signals | null): string {
    if (this.#started && (signal === 'SIGABRT' || code === 134)) return `it used more than ${this.#heapMb} MB of memory, or aborted`;
    return signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`;
  }
}

/** The process, or why the system gives none: without memory `fork` throws, for other reasons the process emits an error. */
function startProcess(modulePath: string, heapMb: number, print: PrintModuleLine | undefined): ChildProcess | Error {
  // What the module prints would stand within the report on stdout.
  const output = print === undefined ? 2 : 'pipe';
  try {
    const child = fork(PROGRAM, [modulePath, String(pid)], {
      execArgv: childArguments(execArgv, heapMb),
      serialization: 'advanced',
      stdio: ['ignore', output, output, 'ipc'],
      // Ctrl-C at a terminal reaches all processes of the group: what is being mapped is to be finished.
      detached: true,
    });
    if (print !== undefined) for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', linesTo(print));
    return child;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** A line that arrives in parts is printed in parts: to wait for its end, it would have to be kept, and may never end. */
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

/** Node's options that mean the program that is run, and not those that it starts: its debugger's port, and a program on the command line. */
const OWN = /^--(?:inspect|input-type|max-old-space-size|max_old_space_size)/;
const EVALUATES = new Set(['-e', '--eval', '-p', '--print', '-pe']);

/**
 * Node's options for a process that is to run a module as this one does (with the same loaders), within a heap of its own.
 *
 * @param execArgv those of this process
 */
export function childArguments(execArgv: readonly string[], heapMb: number): string[] {
  const kept = execArgv.filter((argument, at) => !OWN.test(argument) && !EVALUATES.has(argument) && !EVALUATES.has(execArgv[at - 1] ?? ''));
  return [...kept, `--max-old-space-size=${heapMb}`];
}

/** What a mapper's module may take where there is memory enough, and what it gets where there is hardly any: in MB. */
const MOST_MB = 512;
const LEAST_MB = 64;
/** Of the memory, what the rest of a worker needs, and each mapper beside its heap. */
const WORKER_MB = 192;
const PROCESS_MB = 48;

/**
 * The JavaScript heap of each mapper, in MB: so much that all of them together fit beside the worker. In a container that is full, the system ends whichever process it likes.
 *
 * @param memoryBytes what all of them may take: the container's limit, or the machine's memory
 */
export function mapperHeapMb(mappers: number, memoryBytes: number): number {
  const share = Math.floor((memoryBytes / 2 ** 20 - WORKER_MB) / mappers) - PROCESS_MB;
  return Math.max(LEAST_MB, Math.min(MOST_MB, share));
}
