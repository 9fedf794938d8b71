import { cpus } from 'node:os';
import { cpuUsage } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';
import type { EngineSpec } from '../engine/engine-spec.ts';
import type { RunCounts } from '../engine/run-counts.ts';
import type { Allowance, Visit } from '../engine/visit.ts';
import type { Log } from '../model/log.ts';
import { ChainSecrets } from '../worker/chain-secrets.ts';
import { openVisitor, runWorker, type Visitor, type WorkerOptions } from '../worker/work.ts';
import { NoProcessError } from './keep-child.ts';
import { Lender } from './lender.ts';
import { MergedLog } from './merged-log.ts';
import { processesHere } from './processes-here.ts';
import { runRedisWorkers } from './redis-workers.ts';

export interface Processes {
  /** How many processes fetch. */
  wanted: number | 'auto';
  /** The spec that the engine was opened with. */
  spec: EngineSpec;
  /** With `auto`, how to find out whether more processes would help. */
  busyCheck?: BusyCheck;
}

interface BusyCheck {
  /**
   * Time between two readings, in milliseconds. It is also how long one process must be busy before others are started.
   */
  everyMs: number;
  wouldMoreHelp(before: Reading, after: Reading): boolean;
}

const BUSY_CHECK: BusyCheck = { everyMs: 1_000, wouldMoreHelp };

/** Like `runWorker`, with as many processes as wanted. `options.concurrency` is the total of all processes. */
export async function runWorkers(
  engine: Engine,
  { wanted, spec, busyCheck = BUSY_CHECK }: Processes,
  options: WorkerOptions,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const { concurrency } = options;
  // A crawl on Redis may share its work with other machines, so the operator decides how many processes this machine
  // starts.
  const auto = spec.kind === 'redis' ? 1 : processesHere(concurrency);
  const processes = wanted === 'auto' ? auto : Math.min(wanted, concurrency);
  if (processes === 1) return runWorker(engine, options, log, signal);
  if (spec.kind === 'redis') return runRedisWorkers(processes, spec, options, log, signal);
  return new LendingWorker(engine, options, processes, log, signal).run(wanted === 'auto' ? busyCheck : undefined);
}

/**
 * The worker of an engine in this process. Visits are either run here or lent to other processes.
 *
 *     here ──one core is busy, another idle; or at once──► lent, with two cores some also here
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
  #local: Promise<Visitor> | undefined;
  /** The resolved value of `#local`. */
  #visitor: Visitor | undefined;
  #localRoom: number;
  #lender: Lender | undefined;

  constructor(engine: Engine, options: WorkerOptions, processes: number, log: Log, signal: AbortSignal) {
    this.#engine = engine;
    this.#options = options;
    this.#processes = processes;
    this.#logs = new MergedLog(log);
    this.#log = this.#logs.open();
    this.#stop = AbortSignal.any([signal, this.#failure.signal]);
    this.#localRoom = options.concurrency;
  }

  get visits(): number {
    return Math.max(1, Math.min(this.#options.concurrency, this.#lender?.room ?? this.#localRoom));
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** @param busyCheck start processes once this says that they help; without it, at once */
  async run(busyCheck: BusyCheck | undefined): Promise<void> {
    const { concurrency, drainMs, worker } = this.#options;
    const over = new AbortController();
    const stop = AbortSignal.any([this.#stop, over.signal]);
    let watching: Promise<void> | undefined;
    if (busyCheck === undefined) this.#lender = this.#newLender(stop);
    else {
      const visitor = await this.#openHere();
      watching = this.#lendOnceBusy(busyCheck, visitor, stop).catch((error) => this.#failure.abort(error));
    }
    try {
      const limits = { concurrency, drainMs, worker, accepts: this.#accepts, allowance: this };
      await this.#engine.work((visit) => this.#visit(visit), limits, this.#stop);
      this.#failure.signal.throwIfAborted();
    } finally {
      over.abort();
      await watching;
      await Promise.all([this.#lender?.close(), this.#local?.then((visitor) => visitor.close())]);
    }
  }

  readonly #accepts: Visitor['accepts'] = async (run, options) => {
    // Each process checks for itself whether it can do what the run needs.
    if (this.#lender !== undefined) return true;
    return (await this.#openHere()).accepts(run, options);
  };

  #visit(visit: Visit): Promise<void> {
    if (this.#lender !== undefined) return this.#lender.lend(visit);
    return this.#visitor?.visit(visit) ?? this.#openHere().then((visitor) => visitor.visit(visit));
  }

  #openHere(): Promise<Visitor> {
    this.#local ??= openVisitor(this.#options, this.#log).then((visitor) => {
      this.#visitor = visitor;
      const { capacity } = visitor;
      const take = () => {
        this.#localRoom = capacity.visits;
        this.#changed();
      };
      capacity.onChange(take);
      take();
      return visitor;
    });
    return this.#local;
  }

  /** @param visitor the one of this process, if it has fetched before */
  #newLender(stop: AbortSignal, visitor?: Visitor): Lender {
    // Beside more than one other process, the engine and the log leave this one less time to fetch (docs/decisions/0035).
    const isOneOfTwo = this.#processes === 2 && visitor !== undefined;
    const lender = new Lender(
      {
        processes: this.#processes,
        options: this.#options,
        secrets: visitor?.secrets ?? new ChainSecrets(),
        ...(isOneOfTwo && { visitor }),
        countsOf: (run) => this.#engine.counts(run),
        onRoom: () => this.#changed(),
      },
      this.#logs,
      stop,
    );
    lender.failed.addEventListener('abort', () => this.#lendingFailed(lender), { once: true });
    return lender;
  }

  /** If there is no process to lend to, this process does the work. */
  #lendingFailed(lender: Lender): void {
    const error: unknown = lender.failed.reason;
    if (!(error instanceof NoProcessError)) {
      this.#failure.abort(error);
      return;
    }
    this.#log.warn({ event: 'process-missing' }, `${error.message}; this process does all the work`);
    this.#lender = undefined;
    this.#openHere().catch((problem) => this.#failure.abort(problem));
    this.#changed();
  }

  /**
   * Measures this process at intervals. When one core is not enough, starts other processes, and lends them visits that
   * begin after the first of them is ready: some of them with two processes, all with more.
   */
  async #lendOnceBusy({ everyMs, wouldMoreHelp }: BusyCheck, visitor: Visitor, signal: AbortSignal): Promise<void> {
    let before = readNow(0);
    while (!signal.aborted) {
      await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      const runs = await Promise.all((await this.#engine.runs()).map((run) => this.#engine.counts(run)));
      const after = readNow(runs.reduce((sum, { settled }) => sum + settled, 0));
      const settledSince = after.settled - before.settled;
      if (wouldMoreHelp(before, after) && runs.some((counts) => isFarFromEnd(counts, settledSince))) break;
      before = after;
    }
    const lender = this.#newLender(signal, visitor);
    await lender.ready();
    if (signal.aborted || lender.failed.aborted) return lender.close();
    this.#lender = lender;
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** True if more is left to do than was done since the last reading. */
function isFarFromEnd({ sealedAt, accepted, discovered, settled }: RunCounts, settledSince: number): boolean {
  return sealedAt === undefined || accepted + discovered - settled > settledSince;
}

/** Processor time used so far, in milliseconds. */
export interface Reading {
  atMs: number;
  /** Used by this process. */
  ownMs: number;
  /** Idle time, summed over all cores. */
  idleMs: number;
  /** Number of settled URLs. */
  settled: number;
}

/** A process that uses more of a core than this is limited by the core. */
const BUSY_SHARE = 0.85;
/**
 * This share of another core must be idle. If the crawled server runs on this machine and needs that core, more
 * processes would only slow it down.
 */
const IDLE_SHARE = 0.6;
/**
 * Minimum processor time of a URL, in milliseconds. Another process spends a second or two on starting and compiling its
 * code. With cheaper URLs, only long lists would win that back (docs/decisions/0035). TLS handshakes and pages with
 * links cost more than this.
 */
const MIN_MS_PER_URL = 0.25;

function readNow(settled: number): Reading {
  const { user, system } = cpuUsage();
  const idleMs = cpus().reduce((sum, { times }) => sum + times.idle, 0);
  return { atMs: performance.now(), ownMs: (user + system) / 1_000, idleMs, settled };
}

/**
 * True if, between the readings, this process kept a core busy with expensive URLs while about another core was idle.
 * Then more processes get more done.
 */
export function wouldMoreHelp(before: Reading, after: Reading): boolean {
  const elapsedMs = after.atMs - before.atMs;
  const ownMs = after.ownMs - before.ownMs;
  const isIdle = after.idleMs - before.idleMs >= IDLE_SHARE * elapsedMs;
  return isIdle && ownMs >= BUSY_SHARE * elapsedMs && ownMs >= MIN_MS_PER_URL * (after.settled - before.settled);
}
