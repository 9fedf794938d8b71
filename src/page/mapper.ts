import { type ChildProcess, fork } from 'node:child_process';
import { execArgv, pid } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { OutcomeError } from '../core/outcome.ts';
import { childArguments } from './child-arguments.ts';
import { LOADING, type MapAnswer, type MapCall, type MapReply, type PageTask } from './mapper-messages.ts';

/** What the process runs: TypeScript in a clone, JavaScript in the package. */
const PROGRAM = fileURLToPath(new URL(`map-process${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url));
/** A module may take so long to load. */
const LOAD_MS = 30_000;

/** What became of a page: the values of its map, absent if it has none, or why there are none. */
export type MapResult = { kind: 'mapped'; values?: unknown[] } | { kind: 'failed'; error: OutcomeError };

/** What was waited for: an answer, or that there will be none. */
type Heard = MapReply | { kind: 'late' } | { kind: 'ended' };

/**
 * One process with the module in it, for one page at a time. A page that takes too long ends the process, for nothing else stops a loop; so may whatever the
 * module does. Then it is no longer alive, and another has to be started.
 */
export class Mapper {
  readonly #heapMb: number;
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #loading: Promise<Heard>;
  #number = LOADING;
  #hear: ((heard: Heard) => void) | undefined;
  #dying: string | undefined;
  #endedAs = 'it was stopped';
  #alive = true;

  /** @param modulePath absolute. @param heapMb what the module's JavaScript may take, in MB of heap; buffers outside of it are not counted */
  constructor(modulePath: string, heapMb: number) {
    this.#heapMb = heapMb;
    this.#process = fork(PROGRAM, [modulePath, String(pid)], {
      execArgv: childArguments(execArgv, heapMb),
      serialization: 'advanced',
      // What the module prints would stand within the report on stdout.
      stdio: ['ignore', 2, 2, 'ipc'],
      // Ctrl-C at a terminal reaches all processes of the group: what is being mapped is to be finished.
      detached: true,
    });
    this.#process.on('message', (answer: MapAnswer) => {
      if ('dying' in answer) this.#dying = answer.dying;
      else if (answer.number === this.#number) this.#hear?.(answer.reply);
    });
    this.#exited = new Promise((resolve) => {
      const end = (endedAs: string) => {
        this.#alive = false;
        this.#endedAs = this.#dying ?? endedAs;
        this.#hear?.({ kind: 'ended' });
        resolve();
      };
      this.#process.once('exit', (code, signal) => end(this.#exitText(code, signal)));
      this.#process.on('error', (error) => end(error.message));
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
      : `its process ended while it was loaded: ${this.#endedAs}`;
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
    // Should it not arrive, the process has ended, which is heard of.
    this.#process.send({ number: this.#number, task } satisfies MapCall, () => {});
    return this.#resultOf(await heard, timeoutMs);
  }

  /** Ends the process, whatever it does. */
  async end(): Promise<void> {
    this.#alive = false;
    this.#process.kill('SIGKILL');
    await this.#exited;
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
    if (signal === 'SIGABRT' || code === 134) return `it took more than ${this.#heapMb} MB of memory, or aborted`;
    return signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`;
  }
}

function failed(code: 'MAP_THREW' | 'MAP_VALUE' | 'MAP_TIMEOUT' | 'MAP_ENDED', message: string): MapResult {
  return { kind: 'failed', error: { code, message } };
}
