import type { ChildProcess } from 'node:child_process';
import type { Log } from '../model/log.ts';
import { MEASURES } from '../model/measures.ts';
import { currentTracer } from '../model/tracing.ts';
import { startChild } from '../util/child-process.ts';
import { ownProgram } from '../util/own-program.ts';
import { type ChildJob, type FromChild, readError, type ToChild } from './messages.ts';

const PROGRAM = ownProgram('processes/work-process', import.meta.url);

/** How a process ended. `failed`: it reported that it cannot go on. */
type ChildEnd = { kind: 'done' } | { kind: 'failed'; error: Error } | { kind: 'died'; how: string };

interface ChildSettings {
  job: ChildJob;
  /** Heap limit of its JavaScript, in MB. */
  heapMb: number;
  log: Log;
  /** Receives its messages about visits. */
  onMessage?: (message: Exclude<FromChild, { kind: 'ready' | 'log' | 'failed' | 'metrics' }>) => void;
  onReady?: () => void;
}

/**
 * A child process that fetches. It ends when it is told to stop, and when its parent ends for any reason.
 *
 *     started ──► ready ──stop──► done
 *        └──────────┴──► failed (it reported why), died
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

  /** Never throws: if the process cannot be started, `ended` resolves with `died`. */
  constructor(settings: ChildSettings) {
    this.#settings = settings;
    // Its stdout goes to stderr (2), because only the report may be on stdout.
    const started = startChild(PROGRAM, [], settings.heapMb, { stdio: ['ignore', 2, 2, 'ipc'] });
    if (started instanceof Error) {
      this.ended = Promise.resolve({ kind: 'died', how: started.message });
      return;
    }
    this.#process = started;
    started.on('message', (messages: FromChild[]) => {
      for (const message of messages) this.#receive(message);
    });
    this.ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.#isReady = false;
        MEASURES.child.report({ child: this });
        if (this.#failure !== undefined) resolve({ kind: 'failed', error: this.#failure });
        else resolve(this.#stopped ? { kind: 'done' } : { kind: 'died', how });
      };
      // By `close`, all messages that it sent before its end have been received.
      started.once('close', (code, signal) => end(signal ?? `exit code ${code}`));
      started.on('error', (error) => {
        if (started.pid === undefined) end(error.message);
      });
    });
    const tracing = currentTracer()?.settings;
    const job = { ...settings.job, ...(MEASURES.child.isWanted && { isMetered: true as const }), ...(tracing && { tracing }) };
    this.send({ kind: 'begin', job });
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** True if it is alive and has sent `ready`. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** True if it has sent `ready`, even if it has ended since. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /**
   * Sends all messages of one turn of the event loop as one, because a message costs ten times as much as its contents.
   */
  send(message: ToChild): void {
    this.#outbox.push(message);
    if (this.#outbox.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const messages = this.#outbox;
    this.#outbox = [];
    // Nothing is sent to a process that has ended; `ended` reports its end.
    if (this.#process?.connected) this.#process.send(messages, () => {});
  }

  /** Tells it to accept nothing new, finish and exit. Kills it after `withinMs`. */
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

  #receive(message: FromChild): void {
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
