import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RedisServer, startRedisServer } from '../helpers/redis-server.ts';
import { scaledMs } from '../helpers/until.ts';
import { SETTLE_SHA } from './command-names.ts';
import type { Fault, FaultKind } from './fault.ts';
import { type Part, Processes } from './processes.ts';
import { type RedisProxy, startProxy } from './proxy.ts';
import { RunFiles } from './run-files.ts';
import type { SeededRandom } from './seeded-random.ts';
import { startTarget, type Target } from './target.ts';

export const RUN = 'chaos';
const PRELOAD = import.meta.resolve('./preload/all.mjs');
export const SLOTS = 5;
/** The number of entries that a visit holds at a time. */
export const HELD = 50;
/** A worker's lock, and a time longer than that. Workers that starve for longer than their lock repeat requests, which no fault explains. */
export const LOCK_MS = Math.min(3_000, scaledMs(1_000));
export const STOPPED_MS = 2.5 * LOCK_MS;
const LOOK_MS = 10;
/** A busy machine needs time to start seven processes. */
const FIRST_REQUEST_MS = scaledMs(60_000);
const STILL_MS = scaledMs(2_000);
/** After this long without a request or a fault, none is expected any more. */
const STUCK_MS = scaledMs(20_000);

export interface ClusterOptions {
  /** The folder of the built program, which contains `dist/cli/main.js`. */
  root: string;
  urls: number;
  workers: number;
  collectors: number;
  /** Whether the scenario starts the workers. */
  lateWorkers: boolean;
  /** Whether the scenario enqueues the list. */
  lateList: boolean;
  /** How many of the URLs kill their worker. */
  poisonous: number;
  /** Number of origins of the site. */
  origins: number;
  /** Options of the run, in the form that `trawl enqueue` takes. */
  runOptions: readonly string[];
  /** After this many faults, `env` is dropped; poison stays. */
  mostDeaths: number;
  /** Environment variables of each process, by its part. */
  env?: (part: Part) => Record<string, string>;
  proxied: boolean;
  random: SeededRandom;
  say: (message: string) => void;
}

/** Real processes around a real Redis and a real site. */
export class Cluster {
  readonly folder: string;
  /** The folder of the collector. */
  readonly dataDir: string;
  readonly files: RunFiles;
  readonly inputs: string[];
  readonly poisonous: string[];
  readonly target: Target;
  readonly random: SeededRandom;
  /** The faults caused so far. */
  readonly faults: Fault[] = [];
  /** Problems found by the scenario itself. */
  readonly problems: string[] = [];
  /** How the scenario was done, if there are several ways. */
  way = '';
  /** Entries that may have been in flight at a fault, summed over all faults, plus those of one worker that a busy machine may stall past its lock. */
  exposed = SLOTS * HELD;
  readonly proxy: RedisProxy;
  readonly processes: Processes;
  readonly #options: ClusterOptions;
  readonly #tasksAtEnd: Array<() => void> = [];
  #redis: RedisServer;
  readonly #beganMs = performance.now();
  #lastFaultMs = performance.now();
  /** The number of requests and faults, and when it last changed. */
  #events = 0;
  #lastEventMs = performance.now();

  private constructor(options: ClusterOptions, folder: string, target: Target, redis: RedisServer, proxy: RedisProxy) {
    this.#options = options;
    this.folder = folder;
    this.dataDir = join(folder, '.trawl');
    this.files = new RunFiles(join(this.dataDir, 'runs', RUN));
    this.target = target;
    this.random = options.random;
    this.#redis = redis;
    this.proxy = proxy;
    const url = (path: string, index: number) => `${target.origins[index % target.origins.length]}/${path}/${index}`;
    this.inputs = Array.from({ length: options.urls }, (_, index) => url('page', index));
    this.poisonous = Array.from({ length: options.poisonous }, (_, index) => url('poison', index));
    for (const poison of this.poisonous) this.inputs.splice(this.random.between(0, this.inputs.length), 0, poison);
    writeFileSync(join(folder, 'urls.txt'), this.inputs.join('\n'));
    this.processes = new Processes({
      root: options.root,
      folder,
      env: (part) => this.#env(part),
      onReport: (part, pid, what) => this.#hear(part, pid, what),
    });
  }

  static async start(options: ClusterOptions): Promise<Cluster> {
    const folder = mkdtempSync(join(tmpdir(), 'trawl-chaos-'));
    const dir = join(folder, 'redis');
    mkdirSync(dir);
    const redis = await startRedisServer({ dir, args: ['--appendonly', 'yes'] });
    const proxy = await startProxy(() => redis.port);
    return new Cluster(options, folder, await startTarget(options.origins), redis, proxy);
  }

  /** Starts the workers, a producer and collectors, except those that start later. */
  begin(): void {
    const { collectors, lateWorkers, lateList } = this.#options;
    if (!lateWorkers) this.startWorkers();
    if (!lateList) this.enqueue();
    for (let index = 0; index < collectors; index++) this.processes.supervise('collect', [RUN]);
  }

  startWorkers(): void {
    for (let index = 0; index < this.#options.workers; index++) this.processes.supervise('worker', ['-c', String(SLOTS)]);
  }

  /** The same command each time. */
  enqueue(): void {
    this.processes.supervise('enqueue', ['--run', RUN, ...this.#options.runOptions, 'urls.txt']);
  }

  /** Makes a producer that has enqueued everything do so again. */
  keepEnqueueing(): void {
    if (this.processes.running('enqueue').length === 0) this.enqueue();
  }

  /** Runs a command until it succeeds: Redis may be away. */
  async command(...args: string[]): Promise<void> {
    while ((await this.processes.run(args)) !== 0 && !this.isOver()) await sleep(LOOK_MS);
  }

  /** Records a fault. @param entries that may have been in flight at it */
  fault(kind: FaultKind, what: string, entries = 0): void {
    this.faults.push({ kind, what });
    this.exposed += entries;
    this.#lastFaultMs = performance.now();
    const seconds = ((this.#lastFaultMs - this.#beganMs) / 1_000).toFixed(1);
    this.#options.say(`${this.faults.length}: ${what}, after ${seconds} s and ${this.target.count} requests`);
  }

  /** A process of the part that is at work, or undefined if the run ends before there is one. */
  async victim(part: Part, isFit: (child: ChildProcess) => boolean = () => true): Promise<ChildProcess | undefined> {
    while (!this.isOver()) {
      if (part === 'enqueue') this.keepEnqueueing();
      const fit = this.processes.atWork(part).filter(isFit);
      if (fit.length > 0) return this.random.pick(fit);
      await sleep(LOOK_MS);
    }
    return undefined;
  }

  /** Resolves after this many requests, after two seconds without any (once the first has come), or at the end of the run. */
  async until(requests: number): Promise<void> {
    let [last, sinceMs] = [this.target.count, performance.now()];
    const patienceMs = () => (last === 0 ? FIRST_REQUEST_MS : STILL_MS);
    while (this.target.count < requests && performance.now() - sinceMs < patienceMs() && !this.isOver()) {
      await sleep(LOOK_MS);
      if (this.target.count !== last) [last, sinceMs] = [this.target.count, performance.now()];
    }
  }

  /** Whether no more faults should be caused: the run has ended, or is stuck. */
  isOver(): boolean {
    if (this.target.count + this.faults.length !== this.#events) {
      this.#events = this.target.count + this.faults.length;
      this.#lastEventMs = performance.now();
    }
    return this.files.hasEnded || performance.now() - this.#lastEventMs > (this.#events === 0 ? FIRST_REQUEST_MS : STUCK_MS);
  }

  async killRedis(between: (dir: string) => void | Promise<void> = () => {}): Promise<void> {
    await this.#redis.kill();
    await between(this.#redis.dir);
    const { port, dir } = this.#redis;
    this.#redis = await startRedisServer({ port, dir, args: ['--appendonly', 'yes'] });
  }

  /** The maximum number of requests that the faults can explain. */
  get mostHits(): number {
    return this.inputs.length + this.exposed;
  }

  /** Seconds from the last fault or request to the end of the run, or undefined if it did not end and nothing came for this long. */
  async finish(withinMs: number): Promise<number | undefined> {
    let [last, sinceMs] = [this.target.count, performance.now()];
    while (!this.files.hasEnded) {
      if (performance.now() - sinceMs > withinMs) return undefined;
      await sleep(LOOK_MS);
      if (this.target.count !== last && last <= this.mostHits) [last, sinceMs] = [this.target.count, performance.now()];
    }
    return (performance.now() - Math.max(this.#lastFaultMs, sinceMs)) / 1_000;
  }

  /** What to do when no process is left. */
  atEnd(task: () => void): void {
    this.#tasksAtEnd.push(task);
  }

  async close(keep: boolean): Promise<void> {
    await this.processes.end();
    for (const task of this.#tasksAtEnd) task();
    await this.proxy.close();
    await this.#redis.stop();
    await this.target.close();
    if (!keep) rmSync(this.folder, { recursive: true, force: true });
  }

  #env(part: Part | 'other'): NodeJS.ProcessEnv {
    const inherited = Object.entries(process.env).filter(([name]) => !/^(TRAWL_|REDIS_|NODE_)/.test(name));
    const { env, mostDeaths, poisonous } = this.#options;
    const isDoomed = part !== 'other' && (this.faults.length < mostDeaths || poisonous > 0);
    return {
      ...Object.fromEntries(inherited),
      TRAWL_REDIS_URL: this.#options.proxied ? this.proxy.url : this.#redis.url,
      TRAWL_LOCK: `${LOCK_MS}ms`,
      TRAWL_STALLED_CHECK: '300ms',
      TRAWL_DRAIN: '1s',
      NODE_OPTIONS: `--import=${PRELOAD}`,
      CHAOS_SETTLE_SHA: SETTLE_SHA,
      CHAOS_BLOCK_MS: String(STOPPED_MS),
      ...(isDoomed ? env?.(part) : {}),
    };
  }

  #hear(part: Part, pid: number, what: string): void {
    const says = `${part} ${pid} ${what}`;
    if (what.startsWith('blocked')) this.fault('worker block', says, SLOTS * HELD);
    else if (what.startsWith('disk')) this.fault('disk', says);
    else if (part === 'worker') this.fault('worker kill', says, SLOTS * HELD);
    else this.fault(part === 'collect' ? 'collector kill' : 'producer kill', says);
  }
}
