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
/** So many entries a visit holds at a time. */
export const HELD = 50;
/** A worker's lock, and longer than that. Workers that starve for longer than their lock repeat requests, and no fault explains these. */
export const LOCK_MS = Math.min(3_000, scaledMs(1_000));
export const STOPPED_MS = 2.5 * LOCK_MS;
const LOOK_MS = 10;
/** A busy machine takes its time to start seven processes. */
const FIRST_REQUEST_MS = scaledMs(60_000);
const STILL_MS = scaledMs(2_000);
/** Without a request or a fault for so long after the first, none will come. */
const STUCK_MS = scaledMs(20_000);

export interface ClusterOptions {
  /** Where the built program is: `dist/cli/main.js` in it. */
  root: string;
  urls: number;
  workers: number;
  collectors: number;
  /** The scenario starts the workers. */
  lateWorkers: boolean;
  /** The scenario enqueues the list. */
  lateList: boolean;
  /** How many of the URLs kill their worker. */
  poisonous: number;
  /** Origins of the site. */
  origins: number;
  /** Options of the run, as `trawl enqueue` takes them. */
  runOptions: readonly string[];
  /** After so many faults, `env` is left out; poison stays poison. */
  mostDeaths: number;
  /** Variables of each process, by its part. */
  env?: (part: Part) => Record<string, string>;
  proxied: boolean;
  random: SeededRandom;
  say: (message: string) => void;
}

/** Real processes around a real Redis and a real site. */
export class Cluster {
  readonly folder: string;
  /** Where the collector writes. */
  readonly dataDir: string;
  readonly files: RunFiles;
  readonly inputs: string[];
  readonly poisonous: string[];
  readonly target: Target;
  readonly random: SeededRandom;
  /** What was done to it so far. */
  readonly faults: Fault[] = [];
  /** What the scenario itself finds wrong. */
  readonly problems: string[] = [];
  /** How the scenario was done, where there are several ways. */
  way = '';
  /** Entries that may have been in flight at a fault, summed up over all faults. A busy machine may stall one worker past its lock besides. */
  exposed = SLOTS * HELD;
  readonly proxy: RedisProxy;
  readonly processes: Processes;
  readonly #options: ClusterOptions;
  readonly #tasksAtEnd: Array<() => void> = [];
  #redis: RedisServer;
  readonly #beganMs = performance.now();
  #lastFaultMs = performance.now();
  /** Requests and faults, and when there was another. */
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

  /** Starts workers, a producer and collectors, except what is to come late. */
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

  /** A producer that has enqueued all of it does so again. */
  keepEnqueueing(): void {
    if (this.processes.running('enqueue').length === 0) this.enqueue();
  }

  /** Runs a command until it succeeds: Redis may be away. */
  async command(...args: string[]): Promise<void> {
    while ((await this.processes.run(args)) !== 0 && !this.isOver()) await sleep(LOOK_MS);
  }

  /** Notes a fault. @param entries that may have been in flight at it */
  fault(kind: FaultKind, what: string, entries = 0): void {
    this.faults.push({ kind, what });
    this.exposed += entries;
    this.#lastFaultMs = performance.now();
    const seconds = ((this.#lastFaultMs - this.#beganMs) / 1_000).toFixed(1);
    this.#options.say(`${this.faults.length}: ${what}, after ${seconds} s and ${this.target.count} requests`);
  }

  /** One of the part's processes that is at work, or undefined if the run is over before there is one. */
  async victim(part: Part, isFit: (child: ChildProcess) => boolean = () => true): Promise<ChildProcess | undefined> {
    while (!this.isOver()) {
      if (part === 'enqueue') this.keepEnqueueing();
      const fit = this.processes.atWork(part).filter(isFit);
      if (fit.length > 0) return this.random.pick(fit);
      await sleep(LOOK_MS);
    }
    return undefined;
  }

  /** Resolves when so many requests have come, or nothing has for two seconds after the first, or the run is over. */
  async until(requests: number): Promise<void> {
    let [last, sinceMs] = [this.target.count, performance.now()];
    const patienceMs = () => (last === 0 ? FIRST_REQUEST_MS : STILL_MS);
    while (this.target.count < requests && performance.now() - sinceMs < patienceMs() && !this.isOver()) {
      await sleep(LOOK_MS);
      if (this.target.count !== last) [last, sinceMs] = [this.target.count, performance.now()];
    }
  }

  /** Nothing more is to be disturbed: the run has ended, or is stuck. */
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

  /** The most requests that can be explained. */
  get mostHits(): number {
    return this.inputs.length + this.exposed;
  }

  /** Seconds from the last fault or request to the end of the run, or undefined if for so long nothing came and it did not end. */
  async finish(withinMs: number): Promise<number | undefined> {
    let [last, sinceMs] = [this.target.count, performance.now()];
    while (!this.files.hasEnded) {
      if (performance.now() - sinceMs > withinMs) return undefined;
      await sleep(LOOK_MS);
      if (this.target.count !== last && last <= this.mostHits) [last, sinceMs] = [this.target.count, performance.now()];
    }
    return (performance.now() - Math.max(this.#lastFaultMs, sinceMs)) / 1_000;
  }

  /** What is to be done when no process is left. */
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
