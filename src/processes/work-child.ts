import { type ChildProcess, fork } from 'node:child_process';
import { execArgv } from 'node:process';
import type { Log } from '../model/log.ts';
import { MEASURES } from '../model/measures.ts';
import { ownProgram } from '../util/own-program.ts';
import { childArguments } from '../worker/map/mapper.ts';
import { type ChildJob, type FromChild, readError, type ToChild } from './messages.ts';

const PROGRAM = ownProgram('processes/work-process', import.meta.url);

/** How a process ended. `failed`: it said itself that it cannot go on. */
type ChildEnd = { kind: 'done' } | { kind: 'failed'; error: Error } | { kind: 'died'; how: string };

interface ChildSettings {
  job: ChildJob;
  /** Of its JavaScript, in MB. */
  heapMb: number;
  log: Log;
  /** What it tells beyond its log. */
  onMessage?: (message: Exclude<FromChild, { kind: 'ready' | 'log' | 'failed' | 'metrics' }>) => void;
  onReady?: () => void;
}

/**
 * One process that fetches. It ends when it is told to stop, and with the process that began it, however that ends.
 *
 *     started ──► ready ──stop──► done
 *        └──────────┴──► failed (it says why), died
 */
export class WorkChild {
  readonly #process: ChildProcess | undefined;
  readonly #settings: ChildSettings;
  #outbox: ToChild[] = [];
  #isReady = false;
  #wasReady = false;
  #stopped = false;
  #failure: Error | undefined;
  /** Never rejects. */
  readonly ended: Promise<ChildEnd>;

  /** Never throws: a process that cannot be started has died. */
  constructor(settings: ChildSettings) {
    this.#settings = settings;
    const started = startProcess(settings.heapMb);
    if (started instanceof Error) {
      this.ended = Promise.resolve({ kind: 'died', how: started.message });
      return;
    }
    this.#process = started;
    started.on('message', (messages: FromChild[]) => {
      for (const message of messages) this.#hear(message);
    });
    this.ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.#isReady = false;
        MEASURES.child.report({ child: this });
        if (this.#failure !== undefined) resolve({ kind: 'failed', error: this.#failure });
        else resolve(this.#stopped ? { kind: 'done' } : { kind: 'died', how });
      };
      // What it said before its end is heard by then.
      started.once('close', (code, signal) => end(signal ?? `exit code ${code}`));
      started.on('error', (error) => {
        if (started.pid === undefined) end(error.message);
      });
    });
    this.send({ kind: 'begin', job: MEASURES.child.isWanted ? { ...settings.job, isMetered: true } : settings.job });
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** It is alive, and was heard of. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** It was heard of, whatever came of it. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** Those of one turn of the event loop go as one message: a message costs ten times what it carries. */
  send(message: ToChild): void {
    this.#outbox.push(message);
    if (this.#outbox.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const messages = this.#outbox;
    this.#outbox = [];
    // One that has gone gets nothing, and its end is told elsewhere.
    if (this.#process?.connected) this.#process.send(messages, () => {});
  }

  /** It takes nothing new, finishes, and ends: within `withinMs`, or it is ended. */
  stop(withinMs: number): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.send({ kind: 'stop' });
    const timer = setTimeout(() => this.kill(), withinMs);
    void this.ended.then(() => clearTimeout(timer));
  }

  kill(): void {
    this.#process?.kill('SIGKILL');
  }

  #hear(message: FromChild): void {
    const { log, onReady, onMessage } = this.#settings;
    if (message.kind === 'log') log[message.level](message.fields, message.message);
    else if (message.kind === 'metrics') MEASURES.child.report({ child: this, metrics: message.metrics });
    else if (message.kind === 'failed') this.#failure = readError(message.error);
    else if (message.kind === 'ready') {
      this.#isReady = true;
      this.#wasReady = true;
      onReady?.();
    } else onMessage?.(message);
  }
}

/** The process, or why the system gives none: without memory `fork` throws, for other reasons the process emits an error. */
function startProcess(heapMb: number): ChildProcess | Error {
  try {
    // The report alone is on stdout.
    return fork(PROGRAM, [], { execArgv: childArguments(execArgv, heapMb), stdio: ['ignore', 2, 2, 'ipc'] });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
