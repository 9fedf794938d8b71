import { cpus } from 'node:os';
import { cpuUsage } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Allowance, Engine, RunCounts, Visit } from '../engine/engine.ts';
import type { EngineSpec } from '../engine/engine-spec.ts';
import type { Log } from '../model/log.ts';
import { ChainSecrets } from '../worker/chain-secrets.ts';
import { openVisitor, runWorker, type Visitor, type WorkerOptions } from '../worker/work.ts';
import { NoProcessError } from './keep-child.ts';
import { Lender } from './lender.ts';
import { MergedLog } from './merged-log.ts';
import { processesHere } from './processes-here.ts';
import { runRedisWorkers } from './redis-workers.ts';

export interface Processes {
  /** How many fetch. */
  wanted: number | 'auto';
  /** What the engine was opened with. */
  spec: EngineSpec;
  /** With `auto`, how it is found out that more processes would help. */
  lookout?: Lookout;
}

interface Lookout {
  /** How long one process must have been busy before others help. */
  lookMs: number;
  wouldMoreHelp(before: Reading, after: Reading): boolean;
}

const LOOKOUT: Lookout = { lookMs: 1_000, wouldMoreHelp };

/** As `runWorker`, by as many processes as are wanted. `options.concurrency` is that of all together. */
export async function runWorkers(
  engine: Engine,
  { wanted, spec, lookout = LOOKOUT }: Processes,
  options: WorkerOptions,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const { concurrency } = options;
  // A crawl on Redis shares its work with other workers: what this machine does about it is its operator's to say.
  const auto = spec.kind === 'redis' ? 1 : processesHere(concurrency);
  const processes = wanted === 'auto' ? auto : Math.min(wanted, concurrency);
  if (processes === 1) return runWorker(engine, options, log, signal);
  if (spec.kind === 'redis') return runRedisWorkers(processes, spec, options, log, signal);
  return new LendingWorker(engine, options, processes, log, signal).run(wanted === 'auto' ? lookout : undefined);
}

/**
 * The worker of an engine that is in this process: visits are fetched here, or lent to other processes.
 *
 *     here ──one core is busy, another idle; or at once──► lent
 *       ▲                                                   │
 *       └──────────── no process can be started ────────────┘
 */
class LendingWorker implements Allowance {
  readonly #engine: Engine;
  readonly #options: WorkerOptions;
  readonly #processes: number;
  readonly #logs: MergedLog;
  readonly #log: Log;
  readonly #failure = new AbortController();
  readonly #stop: AbortSignal;
  readonly #listeners: Array<() => void> = [];
  #here: Promise<Visitor> | undefined;
  /** What `#here` gave. */
  #visitor: Visitor | undefined;
  #hereRoom: number;
  #lender: Lender | undefined;

  constructor(engine: Engine, options: WorkerOptions, processes: number, log: Log, signal: AbortSignal) {
    this.#engine = engine;
    this.#options = options;
    this.#processes = processes;
    this.#logs = new MergedLog(log);
    this.#log = this.#logs.open();
    this.#stop = AbortSignal.any([signal, this.#failure.signal]);
    this.#hereRoom = options.concurrency;
  }

  get visits(): number {
    return Math.max(1, Math.min(this.#options.concurrency, this.#lender?.room ?? this.#hereRoom));
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** @param lookout processes are started when they help; without it, at once */
  async run(lookout: Lookout | undefined): Promise<void> {
    const { concurrency, drainMs, worker } = this.#options;
    const over = new AbortController();
    const stop = AbortSignal.any([this.#stop, over.signal]);
    let watching: Promise<void> | undefined;
    if (lookout === undefined) this.#lender = this.#newLender(new ChainSecrets(), stop);
    else {
      const { secrets } = await this.#openHere();
      watching = this.#lendOnceBusy(lookout, secrets, stop).catch((error) => this.#failure.abort(error));
    }
    try {
      const limits = { concurrency, drainMs, worker, accepts: this.#accepts, allowance: this };
      await this.#engine.work((visit) => this.#visit(visit), limits, this.#stop);
      this.#failure.signal.throwIfAborted();
    } finally {
      over.abort();
      await watching;
      await Promise.all([this.#lender?.close(), this.#here?.then((visitor) => visitor.close())]);
    }
  }

  readonly #accepts: Visitor['accepts'] = async (run, options) => {
    // Each process looks for itself whether it can do what the run asks for.
    if (this.#lender !== undefined) return true;
    return (await this.#openHere()).accepts(run, options);
  };

  #visit(visit: Visit): Promise<void> {
    if (this.#lender !== undefined) return this.#lender.lend(visit);
    return this.#visitor?.visit(visit) ?? this.#openHere().then((visitor) => visitor.visit(visit));
  }

  #openHere(): Promise<Visitor> {
    this.#here ??= openVisitor(this.#options, this.#log).then((visitor) => {
      this.#visitor = visitor;
      const { capacity } = visitor;
      const take = () => {
        this.#hereRoom = capacity.visits;
        this.#changed();
      };
      capacity.onChange(take);
      take();
      return visitor;
    });
    return this.#here;
  }

  #newLender(secrets: ChainSecrets, stop: AbortSignal): Lender {
    const lender = new Lender(
      {
        processes: this.#processes,
        options: this.#options,
        secrets,
        countsOf: (run) => this.#engine.counts(run),
        onRoom: () => this.#changed(),
      },
      this.#logs,
      stop,
    );
    lender.failed.addEventListener('abort', () => this.#lendingFailed(lender), { once: true });
    return lender;
  }

  /** Without a process to lend to, this one does the work. */
  #lendingFailed(lender: Lender): void {
    const error: unknown = lender.failed.reason;
    if (!(error instanceof NoProcessError)) {
      this.#failure.abort(error);
      return;
    }
    this.#log.warn({}, `${error.message}; this process does all the work`);
    this.#lender = undefined;
    this.#openHere().catch((problem) => this.#failure.abort(problem));
    this.#changed();
  }

  /** Watches this process work. When one core is not enough, others are started, and get all visits that begin once they are there. */
  async #lendOnceBusy({ lookMs, wouldMoreHelp }: Lookout, secrets: ChainSecrets, signal: AbortSignal): Promise<void> {
    let before = readNow(0);
    while (!signal.aborted) {
      await sleep(lookMs, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      const runs = await Promise.all((await this.#engine.runs()).map((run) => this.#engine.counts(run)));
      const after = readNow(runs.reduce((sum, { settled }) => sum + settled, 0));
      const settledLately = after.settled - before.settled;
      if (wouldMoreHelp(before, after) && runs.some((counts) => isFarFromEnd(counts, settledLately))) break;
      before = after;
    }
    const lender = this.#newLender(secrets, signal);
    await lender.ready();
    if (signal.aborted || lender.failed.aborted) return lender.close();
    this.#lender = lender;
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** More is left to do than was done since the last look. */
function isFarFromEnd({ sealedAt, accepted, discovered, settled }: RunCounts, settledLately: number): boolean {
  return sealedAt === undefined || accepted + discovered - settled > settledLately;
}

/** How much processor time was used until a moment, in milliseconds. */
export interface Reading {
  atMs: number;
  /** By this process. */
  ownMs: number;
  /** By nobody, of all cores. */
  idleMs: number;
  /** URLs that were done. */
  settled: number;
}

/** One process that uses more of a core than this waits for nothing else. */
const BUSY_PART = 0.85;
/** Of another core, as much must be idle: where a server on the same machine uses it, more processes would only cost more. */
const IDLE_PART = 0.6;
/** With URLs that cost less, half of the gain is what it takes to hand them to another process: about 0.1 ms each, on both sides together. TLS handshakes and pages with links cost more. */
const LEAST_MS_PER_URL = 0.25;

function readNow(settled: number): Reading {
  const { user, system } = cpuUsage();
  const idleMs = cpus().reduce((sum, { times }) => sum + times.idle, 0);
  return { atMs: performance.now(), ownMs: (user + system) / 1_000, idleMs, settled };
}

/** True if this process kept a core busy between the two with URLs that cost much, while as much as another core was idle: then more processes get more done. */
export function wouldMoreHelp(before: Reading, after: Reading): boolean {
  const elapsedMs = after.atMs - before.atMs;
  const ownMs = after.ownMs - before.ownMs;
  const isIdle = after.idleMs - before.idleMs >= IDLE_PART * elapsedMs;
  return isIdle && ownMs >= BUSY_PART * elapsedMs && ownMs >= LEAST_MS_PER_URL * (after.settled - before.settled);
}
