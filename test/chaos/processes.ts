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
  /** Where the built program is: `dist/cli/main.js` in it. */
  root: string;
  /** Where they run, and write what they say. */
  folder: string;
  /** Their environment. */
  env: (part: Part | 'other') => NodeJS.ProcessEnv;
  /** What a process tells of itself through preload/report.mjs. */
  onReport: (part: Part, pid: number, what: string) => void;
}

interface Running {
  part: Part;
  child: ChildProcess;
  exited: Promise<number | null>;
  /** It does what its part is for by now. */
  hasBegun: boolean;
}

/** A process that ended with an error is started again after so long: not a thousand times a second. */
const RESTART_MS = 200;
const LOOK_MS = 10;

/** Real processes of the program. What dies is started again, as a supervisor would. */
export class Processes {
  readonly #options: ProcessesOptions;
  readonly #running = new Set<Running>();
  /** Parts that are not started again for now. */
  readonly #held = new Set<Part>();
  #over = false;

  constructor(options: ProcessesOptions) {
    this.#options = options;
  }

  /** Starts a process, and again whenever it ends without having done its work. */
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

  /** Runs a command to its end. Resolves with its exit code. */
  async run(args: readonly string[]): Promise<number | null> {
    const child = this.#spawn('other', args, 'commands.log');
    return exitOf(child);
  }

  /** A part's processes. */
  running(part: Part): ChildProcess[] {
    return [...this.#running].filter((one) => one.part === part).map(({ child }) => child);
  }

  /** Those of them that are at work. */
  atWork(part: Part): ChildProcess[] {
    return [...this.#running].filter((one) => one.part === part && one.hasBegun).map(({ child }) => child);
  }

  /** Until `letGo`, processes of this part that end are not started again. */
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
