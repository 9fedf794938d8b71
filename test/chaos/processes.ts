import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithThisProcess } from '../helpers/watchdog.ts';

export type Part = 'worker' | 'collect' | 'enqueue';

export interface ProcessesOptions {
  /** The folder of the built program, which contains `dist/cli/main.js`. */
  root: string;
  /** Where they run and write their output. */
  folder: string;
  /** Their environment. */
  env: (part: Part | 'other') => NodeJS.ProcessEnv;
  /** What a process reports about itself through preload/report.mjs. */
  onReport: (part: Part, pid: number, what: string) => void;
}

interface Running {
  part: Part;
  child: ChildProcess;
  exited: Promise<number | null>;
  /** Whether it has started its actual work. */
  hasBegun: boolean;
}

/** A process that ended with an error is restarted after this long, to avoid a tight loop. */
const RESTART_MS = 200;
const LOOK_MS = 10;

/** Real processes of the program. Processes that die are restarted, as by a supervisor. */
export class Processes {
  readonly #options: ProcessesOptions;
  readonly #running = new Set<Running>();
  /** Parts that are not restarted for now. */
  readonly #held = new Set<Part>();
  #over = false;

  constructor(options: ProcessesOptions) {
    this.#options = options;
  }

  /** Starts a process, and restarts it whenever it ends without finishing its work. */
  supervise(part: Part, args: readonly string[]): void {
    if (this.#over) return;
    const child = this.#spawn(part, [part, ...args], `${part}.log`);
    const running: Running = { part, child, exited: exitOf(child), hasBegun: false };
    this.#running.add(running);
    createInterface(child.stdio[3] as Readable).on('line', (what) => {
      if (what === 'begun') running.hasBegun = true;
      else this.#options.onReport(part, child.pid as number, what);
    });
    void running.exited.then(async (code) => {
      this.#running.delete(running);
      const isDone = part !== 'worker' && (code === 0 || code === 2);
      if (isDone) return;
      if (code !== null && code !== 0) await sleep(RESTART_MS);
      while (this.#held.has(part) && !this.#over) await sleep(LOOK_MS);
      this.supervise(part, args);
    });
  }

  /** Runs a command to completion. Resolves with its exit code. */
  async run(args: readonly string[]): Promise<number | null> {
    const child = this.#spawn('other', args, 'commands.log');
    return exitOf(child);
  }

  /** A part's processes. */
  running(part: Part): ChildProcess[] {
    return [...this.#running].filter((one) => one.part === part).map(({ child }) => child);
  }

  /** Those that are at work. */
  atWork(part: Part): ChildProcess[] {
    return [...this.#running].filter((one) => one.part === part && one.hasBegun).map(({ child }) => child);
  }

  /** Until `letGo`, processes of this part that end are not restarted. */
  hold(part: Part): void {
    this.#held.add(part);
  }

  letGo(part: Part): void {
    this.#held.delete(part);
  }

  async end(): Promise<void> {
    this.#over = true;
    const exits = [...this.#running].map(({ child, exited }) => {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      return exited;
    });
    await Promise.all(exits);
  }

  #spawn(part: Part | 'other', args: readonly string[], logName: string): ChildProcess {
    const { root, folder, env } = this.#options;
    const log = openSync(join(folder, logName), 'a');
    const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...args], {
      cwd: folder,
      env: env(part),
      detached: true,
      stdio: ['ignore', 'ignore', log, 'pipe'],
    });
    closeSync(log);
    endWithThisProcess(child, '');
    return child;
  }
}

async function exitOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'exit');
  return code;
}
