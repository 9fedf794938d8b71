import type { RunCounts, Visit } from '../engine/engine.ts';
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

/** A process that has nothing to do has so long to end. */
const CLOSE_MS = 2_000;
/** A process that was told to break its fetches off has so long to give its visits back. */
const BREAK_OFF_MS = 5_000;

interface LenderOptions {
  processes: number;
  /** What each process works with; the concurrency is that of all together. */
  options: WorkerOptions;
  /** Secrets of redirects that are known here. */
  secrets: ChainSecrets;
  countsOf(run: RunId): Promise<RunCounts>;
  /** More or fewer visits can be lent. */
  onRoom(): void;
}

/**
 * Lends an engine's visits to processes of this machine, each to the one with the least to do. The engine sees one worker, so everything that it promises of one holds for all of them.
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
  readonly #over = new AbortController();
  readonly #failure = new AbortController();
  readonly #kept: Promise<void>;
  readonly #heard = new WeakSet<AbortSignal>();
  #waiting: Array<() => void> = [];
  /** Suspects are lent one after another. */
  #lastAlone: Promise<void> = Promise.resolve();

  /** @param stop aborts when no further visit is to begin */
  constructor(options: LenderOptions, logs: MergedLog, stop: AbortSignal) {
    this.#options = options;
    this.#logs = logs;
    this.#log = logs.open();
    this.#stop = stop;
    stop.addEventListener('abort', () => this.#wake(), { once: true });
    const { processes, secrets, countsOf } = options;
    const home = { secrets, deaths: this.#deaths, countsOf, onEnd: () => this.#wake(), onRoom: () => this.#roomChanged() };
    const share = Math.ceil(options.options.concurrency / processes);
    this.#borrowers = Array.from({ length: processes }, () => new Borrower(share, home));
    this.#kept = Promise.all(this.#borrowers.map((borrower) => this.#keep(borrower, share))).then(() => {});
  }

  /** Visits for which there is room. */
  get room(): number {
    return this.#borrowers.reduce((sum, { room }) => sum + room, 0);
  }

  /** Aborts with the error of a process that cannot go on, or with NoProcessError if there is none left. */
  get failed(): AbortSignal {
    return this.#failure.signal;
  }

  /** Resolves when the first process can be lent to, or none will. */
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
        onMessage: (message) => borrower.hear(message),
        onReady: () => this.#wake(),
      });
      borrower.child = child;
      return child;
    };
    try {
      await keepChild({ start, onDeath: () => void borrower.died(), log: this.#log }, this.#over.signal);
    } catch (error) {
      await borrower.died();
      this.#borrowers.splice(this.#borrowers.indexOf(borrower), 1);
      if (!(error instanceof NoProcessError) || this.#borrowers.length === 0) this.#failure.abort(error);
      else if (this.#borrowers.some(({ child }) => child?.isReady))
        this.#log.warn({}, `${error.message}; the others continue with fewer requests at a time`);
      this.#roomChanged();
    }
  }

  /** Lends the visit, and resolves when it is over. Rejects if a fetch failed by a fault of ours. */
  async lend(visit: Visit): Promise<void> {
    const entry = await visit.next();
    if (entry === undefined) return;
    this.#breakOffWith(visit.signal);
    if (this.#deaths.isSuspect(visit.run, entry)) {
      const before = this.#lastAlone;
      const alone = before.then(() => this.#lendAlone(visit, entry));
      this.#lastAlone = alone.catch(() => {});
      return alone;
    }
    const borrower = await this.#find(() => this.#idlest());
    if (borrower === undefined) visit.settle(entry, { kind: 'back' });
    else await borrower.lend(visit, entry, false);
  }

  async #lendAlone(visit: Visit, entry: Entry): Promise<void> {
    const borrower = await this.#find(() => this.#idlest());
    if (borrower === undefined) return visit.settle(entry, { kind: 'back' });
    borrower.isReserved = true;
    try {
      // One that is gone for good has no visits either.
      const free = await this.#find(() => (borrower.lent === 0 ? borrower : undefined));
      if (free?.child?.isReady) await free.lend(visit, entry, true);
      else visit.settle(entry, { kind: 'back' });
    } finally {
      borrower.isReserved = false;
      this.#wake();
    }
  }

  /** The process with the most room. */
  #idlest(): Borrower | undefined {
    let idlest: Borrower | undefined;
    for (const borrower of this.#borrowers) {
      if (!borrower.child?.isReady || borrower.isReserved || borrower.lent >= borrower.room) continue;
      if (idlest === undefined || borrower.room - borrower.lent > idlest.room - idlest.lent) idlest = borrower;
    }
    return idlest;
  }

  /** What `look` finds, now or after a change; undefined when nothing more is to be lent. */
  async #find(look: () => Borrower | undefined): Promise<Borrower | undefined> {
    while (!this.#isOver) {
      const found = look();
      if (found !== undefined) return found;
      await this.#change();
    }
    return undefined;
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

  /** When the signal aborts, all fetches are broken off. A process that does not do so is ended. */
  #breakOffWith(signal: AbortSignal): void {
    if (this.#heard.has(signal)) return;
    this.#heard.add(signal);
    const breakOff = () => {
      for (const { child } of this.#borrowers) child?.send({ kind: 'break-off' });
      setTimeout(() => {
        for (const { child, lent } of this.#borrowers) if (lent > 0) child?.kill();
      }, BREAK_OFF_MS).unref();
    };
    if (signal.aborted) breakOff();
    else signal.addEventListener('abort', breakOff, { once: true });
  }

  /** Ends the processes. */
  async close(): Promise<void> {
    this.#over.abort();
    for (const { child } of this.#borrowers) child?.stop(CLOSE_MS);
    await this.#kept;
  }
}
