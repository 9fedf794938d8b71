import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RedisServer, startRedisServer } from '../helpers/redis-server.ts';
import { endWithThisProcess } from '../helpers/watchdog.ts';
import { type RedisProxy, SETTLE_SHA, startProxy } from './proxy.ts';
import type { SeededRandom } from './seeded-random.ts';
import { startTarget, type Target } from './target.ts';

const RUN = 'chaos';
const DIE = import.meta.resolve('./preload/die.mjs');
export const SLOTS = 5;
/** So many entries a visit holds at a time. */
const HELD = 50;

export interface ClusterOptions {
  /** Where the built program is: `dist/cli/main.js` in it. */
  root: string;
  urls: number;
  workers: number;
  /** How many of the URLs kill their worker. */
  poisonous: number;
  /** After so many faults, `env` is left out; poison stays poison. */
  mostDeaths: number;
  /** Variables of each process, by its part. */
  env?: (part: Part) => Record<string, string>;
  proxied: boolean;
  random: SeededRandom;
  say: (message: string) => void;
}

export type Part = 'worker' | 'collect' | 'enqueue';

interface Running {
  part: Part;
  child: ChildProcess;
  exited: Promise<number | null>;
}

/** Real processes around a real Redis and a real site. What dies is started again, as a supervisor would. */
export class Cluster {
  readonly folder: string;
  readonly inputs: string[];
  readonly poisonous: string[];
  readonly target: Target;
  readonly random: SeededRandom;
  readonly say: (message: string) => void;
  /** Faults so far, in words. */
  readonly faults: string[] = [];
  /** Entries that may have been in flight at a fault, summed up over all faults. A busy machine may stall one worker past its lock besides. */
  exposed = SLOTS * HELD;
  readonly proxy: RedisProxy;
  readonly #options: ClusterOptions;
  readonly #running = new Set<Running>();
  #redis: RedisServer;
  #over = false;
  #lastFaultMs = performance.now();

  private constructor(options: ClusterOptions, folder: string, target: Target, redis: RedisServer, proxy: RedisProxy) {
    this.#options = options;
    this.folder = folder;
    this.target = target;
    this.random = options.random;
    this.say = options.say;
    this.#redis = redis;
    this.proxy = proxy;
    this.inputs = Array.from({ length: options.urls }, (_, index) => `${target.origin}/page/${index}`);
    this.poisonous = Array.from({ length: options.poisonous }, (_, index) => `${target.origin}/poison/${index}`);
    for (const url of this.poisonous) this.inputs.splice(this.random.between(0, this.inputs.length), 0, url);
    writeFileSync(join(folder, 'urls.txt'), this.inputs.join('\n'));
  }

  static async start(options: ClusterOptions): Promise<Cluster> {
    const folder = mkdtempSync(join(tmpdir(), 'trawl-chaos-'));
    const dir = join(folder, 'redis');
    mkdirSync(dir);
    const redis = await startRedisServer({ dir, args: ['--appendonly', 'yes'] });
    const proxy = await startProxy(() => redis.port);
    return new Cluster(options, folder, await startTarget(), redis, proxy);
  }

  /** Enqueues the list, and starts workers and a collector. */
  async begin(): Promise<void> {
    for (let index = 0; index < this.#options.workers; index++) this.startWorker();
    this.supervise('enqueue', ['--run', RUN, 'urls.txt']);
    this.supervise('collect', [RUN]);
  }

  startWorker(): void {
    this.supervise('worker', ['-c', String(SLOTS)]);
  }

  /** Starts a process, and again whenever it ends without having done its work. */
  supervise(part: Part, args: string[]): void {
    if (this.#over) return;
    const inherited = Object.entries(process.env).filter(([name]) => !/^(TRAWL_|REDIS_|NODE_)/.test(name));
    const { env, mostDeaths, poisonous } = this.#options;
    const variables = {
      ...Object.fromEntries(inherited),
      TRAWL_REDIS_URL: this.#options.proxied ? this.proxy.url : this.#redis.url,
      TRAWL_LOCK: '1s',
      TRAWL_STALLED_CHECK: '300ms',
      TRAWL_DRAIN: '1s',
      NODE_OPTIONS: `--import=${DIE}`,
      CHAOS_SETTLE_SHA: SETTLE_SHA,
      ...(this.faults.length < mostDeaths || poisonous > 0 ? env?.(part) : {}),
    };
    const main = join(this.#options.root, 'dist/cli/main.js');
    const log = openSync(join(this.folder, `${part}.log`), 'a');
    const child = spawn(process.execPath, [main, part, ...args], {
      cwd: this.folder,
      env: variables,
      detached: true,
      stdio: ['ignore', 'ignore', log],
    });
    closeSync(log);
    endWithThisProcess(child, '');
    const running: Running = { part, child, exited: once(child, 'exit').then(([code]) => code) };
    this.#running.add(running);
    void running.exited.then(async (code) => {
      this.#running.delete(running);
      const isDone = part !== 'worker' && (code === 0 || code === 2);
      // A process that cannot start is not started a thousand times a second.
      if (code !== null && code !== 0) await sleep(200);
      if (!isDone) this.supervise(part, args);
    });
  }

  /** The pids of a part's processes. */
  running(part: Part): ChildProcess[] {
    return [...this.#running].filter((one) => one.part === part).map(({ child }) => child);
  }

  /** Notes a fault. @param workers that lose what they have in flight by it */
  fault(what: string, workers: number): void {
    this.faults.push(what);
    this.exposed += workers * SLOTS * HELD;
    this.#lastFaultMs = performance.now();
    this.say(`${this.faults.length}: ${what}, at ${this.target.count} requests`);
  }

  /** Resolves when so many requests have come, or nothing has for two seconds, or the run is over. */
  async until(requests: number): Promise<void> {
    let [last, sinceMs] = [this.target.count, performance.now()];
    while (this.target.count < requests && performance.now() - sinceMs < 2_000 && !this.isOver()) {
      await sleep(10);
      if (this.target.count !== last) [last, sinceMs] = [this.target.count, performance.now()];
    }
  }

  isOver(): boolean {
    return this.summary().includes('"state": "ended"');
  }

  async killRedis(between: (dir: string) => void | Promise<void> = () => {}): Promise<void> {
    await this.#redis.kill();
    await between(this.#redis.dir);
    const { port, dir } = this.#redis;
    this.#redis = await startRedisServer({ port, dir, args: ['--appendonly', 'yes'] });
  }

  /** Seconds from the last fault to the end of the run, or undefined if it did not end in time. */
  async finish(withinMs: number): Promise<number | undefined> {
    const deadlineMs = performance.now() + withinMs;
    while (!this.isOver()) {
      if (performance.now() > deadlineMs) return undefined;
      await sleep(50);
    }
    return (performance.now() - this.#lastFaultMs) / 1_000;
  }

  log(): string {
    return this.#read('outcomes.ndjson');
  }

  summary(): string {
    return this.#read('run.json');
  }

  async close(keep: boolean): Promise<void> {
    this.#over = true;
    const exits = [...this.#running].map(({ child, exited }) => {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      return exited;
    });
    await Promise.all(exits);
    await this.proxy.close();
    await this.#redis.stop();
    await this.target.close();
    if (!keep) rmSync(this.folder, { recursive: true, force: true });
  }

  #read(name: string): string {
    try {
      return readFileSync(join(this.folder, '.trawl/runs', RUN, name), 'utf8');
    } catch {
      return '';
    }
  }
}
