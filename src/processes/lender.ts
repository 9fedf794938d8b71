import type { RunCounts } from '../engine/run-counts.ts';
import type { Visit } from '../engine/visit.ts';
import type { Entry } from '../model/entry.ts';
import type { Log } from '../model/log.ts';
import type { RunId } from '../model/run-id.ts';
import type { ChainSecrets } from '../worker/chain-secrets.ts';
import type { Visitor, WorkerOptions } from '../worker/work.ts';
import { Borrower } from './borrower.ts';
import { Deaths, keepChild, NoProcessError } from './keep-child.ts';
import type { MergedLog } from './merged-log.ts';
import { childHeapMb } from './processes-here.ts';
import { VisitsHere } from './visits-here.ts';
import { WorkChild } from './work-child.ts';

/** An idle process that was told to stop has this long to end. If it traces, it sends its last spans meanwhile. */
const CLOSE_MS = 4_000;
/** A process that was told to abort its fetches has this long to end its visits. */
const ABORT_MS = 5_000;

/**
 * The share of all requests in flight that this process makes itself, if it fetches beside one other process. It is less
 * than half, because this process also runs the engine and writes the log.
 */
const SHARE_HERE = 0.3;

interface LenderOptions {
  /** How many processes fetch; 2 if there is a `visitor`. */
  processes: number;
  /** Set if this process is one of two that fetch. Without it, all visits are lent. */
  visitor?: Visitor;
  /** Options of the workers; `concurrency` is the total of all processes. */
  options: WorkerOptions;
  /** Secrets of redirect chains that this process already has. */
  secrets: ChainSecrets;
  countsOf(run: RunId): Promise<RunCounts>;
  /** Called when more or fewer visits can be lent. */
  onRoom(): void;
}

/**
 * Lends an engine's visits to processes of this machine, each to the process with the most room. The engine sees a
 * single worker, so its guarantees for one worker also hold for all processes together.
 *
 *     engine ──visit──► lender ──entry──► a process
 *                          ◄──ending────────┘
 *
 * With a `visitor`, this process and another one fetch, until the other one dies. A page may have killed it, and would
 * end this process too, with the engine. So from then on all visits are lent, to two processes.
 */
export class Lender {
  readonly #options: LenderOptions;
  readonly #logs: MergedLog;
  readonly #log: Log;
  readonly #borrowers: Borrower[] = [];
  readonly #deaths = new Deaths();
  readonly #stop: AbortSignal;
  readonly #closing = new AbortController();
  readonly #failure = new AbortController();
  readonly #kept: Array<Promise<void>> = [];
  /** Undefined if all visits are lent. */
  #here: VisitsHere | undefined;
  readonly #watchedSignals = new WeakSet<AbortSignal>();
  /** The resolve functions of those who wait for a change. */
  #waiting: Array<() => void> = [];
  /** Suspects are lent one at a time, in a queue. */
  #lastAlone: Promise<void> = Promise.resolve();

  /** @param stop aborts when no further visit may begin */
  constructor(options: LenderOptions, logs: MergedLog, stop: AbortSignal) {
    this.#options = options;
    this.#logs = logs;
    this.#log = logs.open();
    this.#stop = stop;
    stop.addEventListener('abort', () => this.#wake(), { once: true });
    const { processes, visitor } = options;
    const { concurrency } = options.options;
    if (visitor === undefined) {
      for (let started = 0; started < processes; started++) this.#start(Math.ceil(concurrency / processes));
    } else {
      const most = Math.max(1, Math.floor(concurrency * SHARE_HERE));
      this.#here = new VisitsHere({ visitor, most, onEnd: () => this.#wake(), onHold: (origin) => this.#recall(origin) });
      this.#start(concurrency - most);
    }
  }

  /** Starts a process that makes up to `concurrency` requests at a time. */
  #start(concurrency: number): void {
    const { secrets, countsOf } = this.#options;
    const borrower = new Borrower(concurrency, {
      secrets,
      deaths: this.#deaths,
      countsOf,
      onEnd: () => this.#wake(),
      onRoom: () => this.#roomChanged(),
      onHold: (origin: string) => this.#recall(origin),
    });
    this.#borrowers.push(borrower);
    this.#kept.push(this.#keep(borrower, concurrency));
  }

  /** How many visits all processes together have room for. */
  get room(): number {
    return this.#borrowers.reduce((sum, { room }) => sum + room, this.#here?.room ?? 0);
  }

  /** Aborts with the error of a process that cannot go on, or with NoProcessError if no process is left. */
  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  /** Resolves when the first process is ready, or it is clear that none will be. */
  async ready(): Promise<void> {
    while (!this.#isOver && !this.#borrowers.some(({ child }) => child?.isReady)) await this.#change();
  }

  get #isOver(): boolean {
    return this.#stop.aborted || this.#failure.signal.aborted;
  }

  async #keep(borrower: Borrower, concurrency: number): Promise<void> {
    const { processes, options } = this.#options;
    const { worker: _, ...shared } = options;
    const start = () => {
      const child = new WorkChild({
        job: { options: { ...shared, concurrency, processes } },
        heapMb: childHeapMb(processes),
        log: this.#logs.open(),
        onMessage: (message) => borrower.receive(message),
        onReady: () => this.#wake(),
      });
      borrower.child = child;
      return child;
    };
    try {
      await keepChild({ start, onDeath: (child) => this.#died(borrower, child), log: this.#log }, this.#closing.signal);
    } catch (error) {
      await borrower.died();
      this.#borrowers.splice(this.#borrowers.indexOf(borrower), 1);
      if (!(error instanceof NoProcessError) || this.#borrowers.length === 0) this.#failure.abort(error);
      else if (this.#borrowers.some(({ child }) => child?.isReady))
        this.#log.warn({ event: 'process-missing' }, `${error.message}; the others continue with fewer requests at a time`);
      this.#roomChanged();
    }
  }

  #died(borrower: Borrower, { wasReady }: WorkChild): void {
    // A process that was never ready had no page that could have killed it.
    if (wasReady) this.#lendAll();
    void borrower.died();
  }

  /** From now on, this process fetches nothing. Another process takes its place. */
  #lendAll(): void {
    if (this.#here === undefined) return;
    this.#here.close();
    this.#here = undefined;
    const { processes, options } = this.#options;
    this.#start(Math.ceil(options.concurrency / processes));
    this.#roomChanged();
  }

  /** Lends the visit, or fetches it here. Resolves when it is over. Rejects if a fetch failed because of a bug of ours. */
  async lend(visit: Visit): Promise<void> {
    const here = this.#here;
    if (here !== undefined && here.free > (this.#mostRoom()?.free ?? 0)) return here.visit(visit);
    const entry = await visit.next();
    if (entry === undefined) return;
    this.#abortFetchesOn(visit.signal);
    if (this.#deaths.isSuspect(visit.run, entry)) {
      const before = this.#lastAlone;
      const alone = before.then(() => this.#lendAlone(visit, entry));
      this.#lastAlone = alone.catch(() => {});
      return alone;
    }
    const borrower = await this.#find(() => this.#mostRoom());
    if (borrower === undefined) visit.settle(entry, { kind: 'back' });
    else await borrower.lend(visit, entry, false);
  }

  async #lendAlone(visit: Visit, entry: Entry): Promise<void> {
    const borrower = await this.#find(() => this.#mostRoom());
    if (borrower === undefined) return visit.settle(entry, { kind: 'back' });
    borrower.isReserved = true;
    try {
      // A process that is not replaced any more has no visits either, so check that it is ready.
      const free = await this.#find(() => (borrower.lent === 0 ? borrower : undefined));
      if (free?.child?.isReady) await free.lend(visit, entry, true);
      else visit.settle(entry, { kind: 'back' });
    } finally {
      borrower.isReserved = false;
      this.#wake();
    }
  }

  /** The process with the most room. */
  #mostRoom(): Borrower | undefined {
    let best: Borrower | undefined;
    for (const borrower of this.#borrowers) {
      if (!borrower.child?.isReady || borrower.isReserved || borrower.free <= 0) continue;
      if (best === undefined || borrower.free > best.free) best = borrower;
    }
    return best;
  }

  /** Returns what `look` finds, now or after a change; undefined once nothing more may be lent. */
  async #find(look: () => Borrower | undefined): Promise<Borrower | undefined> {
    while (!this.#isOver) {
      const found = look();
      if (found !== undefined) return found;
      await this.#change();
    }
    return undefined;
  }

  #recall(origin: string): void {
    for (const borrower of this.#borrowers) borrower.recall(origin);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #roomChanged(): void {
    this.#options.onRoom();
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /**
   * When the signal aborts, aborts all fetches: the engine's visits share one signal. Kills processes that do not end
   * their visits in time.
   */
  #abortFetchesOn(signal: AbortSignal): void {
    if (this.#watchedSignals.has(signal)) return;
    this.#watchedSignals.add(signal);
    const abortFetches = () => {
      for (const { child } of this.#borrowers) child?.send({ kind: 'abort-fetches' });
      setTimeout(() => {
        for (const { child, lent } of this.#borrowers) if (lent > 0) child?.kill();
      }, ABORT_MS).unref();
    };
    if (signal.aborted) abortFetches();
    else signal.addEventListener('abort', abortFetches, { once: true });
  }

  /** Stops all processes, and resolves when they have ended. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const { child } of this.#borrowers) child?.stop(CLOSE_MS);
    await Promise.all(this.#kept);
  }
}
