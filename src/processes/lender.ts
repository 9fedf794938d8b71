import type { RunCounts } from '../engine/run-counts.ts';
import type { Visit } from '../engine/visit.ts';
import type { Entry } from '../model/entry.ts';
import type { Log } from '../model/log.ts';
import type { RunId } from '../model/run-id.ts';
import type { ChainSecrets } from '../worker/chain-secrets.ts';
import type { WorkerOptions } from '../worker/work.ts';
import { Borrower } from './borrower.ts';
import { Deaths, keepChild, NoProcessError } from './keep-child.ts';
import type { MergedLog } from './merged-log.ts';
import { childHeapMb } from './processes-here.ts';
import { WorkChild } from './work-child.ts';

/** An idle process that was told to stop has this long to end. If it traces, it sends its last spans meanwhile. */
const CLOSE_MS = 4_000;
/** A process that was told to abort its fetches has this long to end its visits. */
const ABORT_MS = 5_000;

interface LenderOptions {
  processes: number;
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
 */
export class Lender {
  readonly #options: LenderOptions;
  readonly #logs: MergedLog;
  readonly #log: Log;
  readonly #borrowers: Borrower[];
  readonly #deaths = new Deaths();
  readonly #stop: AbortSignal;
  readonly #closing = new AbortController();
  readonly #failure = new AbortController();
  readonly #kept: Promise<void>;
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
    const { processes, secrets, countsOf } = options;
    const home = {
      secrets,
      deaths: this.#deaths,
      countsOf,
      onEnd: () => this.#wake(),
      onRoom: () => this.#roomChanged(),
      onHold: (origin: string) => this.#recall(origin),
    };
    const share = Math.ceil(options.options.concurrency / processes);
    this.#borrowers = Array.from({ length: processes }, () => new Borrower(share, home));
    this.#kept = Promise.all(this.#borrowers.map((borrower) => this.#keep(borrower, share))).then(() => {});
  }

  /** How many visits all processes together have room for. */
  get room(): number {
    return this.#borrowers.reduce((sum, { room }) => sum + room, 0);
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
      await keepChild({ start, onDeath: () => void borrower.died(), log: this.#log }, this.#closing.signal);
    } catch (error) {
      await borrower.died();
      this.#borrowers.splice(this.#borrowers.indexOf(borrower), 1);
      if (!(error instanceof NoProcessError) || this.#borrowers.length === 0) this.#failure.abort(error);
      else if (this.#borrowers.some(({ child }) => child?.isReady))
        this.#log.warn({ event: 'process-missing' }, `${error.message}; the others continue with fewer requests at a time`);
      this.#roomChanged();
    }
  }

  /** Lends the visit, and resolves when it is over. Rejects if a fetch failed because of a bug of ours. */
  async lend(visit: Visit): Promise<void> {
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
      if (!borrower.child?.isReady || borrower.isReserved || borrower.lent >= borrower.room) continue;
      if (best === undefined || borrower.room - borrower.lent > best.room - best.lent) best = borrower;
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
    await this.#kept;
  }
}
