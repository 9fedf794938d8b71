import type { Entry } from '../../model/entry.ts';
import type { RunOptions } from '../../model/run-options.ts';
import type { WaitingOrigin } from '../facts.ts';
import { lookAgainMs } from '../rules/interval-guard.ts';
import { Backlog } from './backlog.ts';
import type { ChunkLimits, ChunkStore } from './chunk-store.ts';
import { EntryQueue } from './entry-queue.ts';
import type { OriginLanes } from './origin-lanes.ts';
import { TimedQueue } from './timed-queue.ts';

/** The most origins in doubt that one checkout skips in favour of others. */
const MAX_DOUBTFUL = 32;
/** When to look again at an origin whose free lanes are reserved for other runs. */
const LEFT_TO_OTHERS_MS = 50;
/** Entries admitted in one step, which takes about 5 ms. */
const ADMITTED_AT_ONCE = 1_000;

export interface FrontierLimits extends ChunkLimits {
  /** The most backlogs. Default 10,000. Each takes up to 10 KiB of memory. */
  mostBacklogs?: number;
}

/** A lane of an origin. */
export interface Lane {
  backlog: Backlog;
  /**
   * The least time between starts of requests to the origin, in milliseconds. If not 0, the lane has the origin's turn,
   * which ends with `started` or `leave`.
   */
  turnMs: number;
}

type Politeness = Pick<RunOptions, 'hostConcurrency' | 'hostIntervalMs' | 'robots'>;

/**
 * The waiting entries of one run, and the choice of the origin that is visited next.
 *
 *     append ──► backlog of its origin ──checkout, take──► a visit
 *        │         ▲              ▲
 *        └► lobby ─┘ admit        └── due ◄── retry
 *
 * A non-empty backlog is either in the ready queue or waits for a lane of its origin (`offered`).
 *
 * The number of backlogs is limited. Entries of further origins wait in the lobby, one queue for all of them, until a
 * backlog is empty. An origin's entries keep their order in its backlog, but those still in the lobby come after links that
 * are found while it has a backlog.
 */
export class Frontier {
  readonly #options: Politeness;
  readonly #lanes: OriginLanes;
  readonly #store: ChunkStore;
  /** Called when something may have become ready. */
  readonly #onReady: () => void;
  readonly #mostBacklogs: number;
  readonly #backlogs = new Map<string, Backlog>();
  readonly #lobby: EntryQueue;
  readonly #ready = new TimedQueue<Backlog>();
  readonly #due = new TimedQueue<Entry>();

  constructor(options: Politeness, lanes: OriginLanes, store: ChunkStore, onReady: () => void, mostBacklogs = 10_000) {
    this.#options = options;
    this.#lanes = lanes;
    this.#store = store;
    this.#lobby = new EntryQueue(store);
    this.#onReady = onReady;
    this.#mostBacklogs = mostBacklogs;
  }

  /** When something can be ready next. In the past if something is ready now, Infinity if nothing waits for a time. */
  get nextReadyMs(): number {
    return Math.min(this.#ready.nextMs, this.#due.nextMs);
  }

  /** The number of origins with waiting entries that no pause or interval holds back. */
  readyOrigins(nowMs: number): number {
    let ready = 0;
    for (const { size, origin } of this.#backlogs.values()) if (size > 0 && this.#lanes.notBeforeMs(origin) <= nowMs) ready++;
    return ready;
  }

  /** Up to `most` origins with a backlog, the longest first. */
  waitingOrigins(most: number, nowMs: number): WaitingOrigin[] {
    const waiting = [...this.#backlogs.values()].filter(({ size }) => size > 0);
    waiting.sort((a, b) => b.size - a.size || (a.origin < b.origin ? -1 : 1));
    return waiting.slice(0, most).map(({ origin, size, visits }) => ({
      origin,
      waiting: size,
      readyInMs: Math.max(0, this.#lanes.notBeforeMs(origin) - nowMs),
      isBlocked: visits >= this.#options.hostConcurrency,
    }));
  }

  /** The length of the longest backlog. */
  get longest(): number {
    let longest = 0;
    for (const { size } of this.#backlogs.values()) longest = Math.max(longest, size);
    return longest;
  }

  /** Puts the entry behind others of its origin. */
  append(entry: Entry, nowMs: number): void {
    const backlog = this.#backlogs.get(entry.origin);
    if (backlog !== undefined) this.#appendTo(backlog, entry, nowMs);
    else if (this.#lobby.size > 0 || this.#backlogs.size >= this.#mostBacklogs) this.#lobby.append(entry);
    else this.#appendTo(this.#backlog(entry.origin), entry, nowMs);
  }

  /** Puts the entry before others of its origin. */
  putBack(entry: Entry, nowMs: number): void {
    const backlog = this.#backlog(entry.origin);
    backlog.putBack(entry);
    this.#offer(backlog, nowMs);
  }

  /** Puts the entry before others of its origin when its time has come. */
  retry(entry: Entry, dueMs: number): void {
    this.#due.push(dueMs, entry);
    this.#onReady();
  }

  /** Takes any waiting entry, whatever it waits for. Only for a run that is not visited any more. */
  takeAny(): Entry | undefined {
    for (const [origin, backlog] of this.#backlogs) {
      const entry = backlog.take();
      if (entry !== undefined) return entry;
      this.#backlogs.delete(origin);
    }
    return this.#due.popDue(Number.POSITIVE_INFINITY) ?? this.#lobby.take();
  }

  /** Takes a lane of an origin that may be visited now. Undefined if there is none. `take` then takes its entries, one by one. */
  checkout(nowMs: number): Lane | undefined {
    for (let entry = this.#due.popDue(nowMs); entry !== undefined; entry = this.#due.popDue(nowMs)) this.putBack(entry, nowMs);
    const doubtful: Backlog[] = [];
    let chosen: Backlog | undefined;
    while (chosen === undefined && doubtful.length < MAX_DOUBTFUL) {
      const backlog = this.#ready.popDue(nowMs);
      if (backlog === undefined) break;
      if (!this.#mayEnter(backlog, nowMs)) continue;
      if (this.#lanes.isDoubtful(backlog.origin, nowMs)) doubtful.push(backlog);
      else chosen = backlog;
    }
    chosen ??= doubtful.shift();
    // Put it behind those that are looked at next.
    for (const backlog of doubtful) this.#ready.push(nowMs, backlog);
    return chosen && this.#enter(chosen, nowMs);
  }

  /** The lane's next entry. Undefined if its backlog is empty, its origin asked for a pause, or an interval would delay the entry. */
  take(backlog: Backlog, nowMs: number, isFirst: boolean): Entry | undefined {
    const { origin } = backlog;
    if (!isFirst && (this.#lanes.isThrottled(origin, nowMs) || this.#intervalMs(origin, nowMs) > 0)) return undefined;
    return this.#lanes.notBeforeMs(origin) > nowMs ? undefined : backlog.take();
  }

  /** Gives the lane back. Its turn must have ended. */
  leave(backlog: Backlog, nowMs: number): void {
    backlog.visits--;
    this.#lanes.leave(backlog, nowMs);
    this.#offerOrForget(backlog, nowMs);
  }

  /** Removes the backlog if it is empty, which makes room for another. */
  #offerOrForget(backlog: Backlog, nowMs: number): void {
    if (backlog.size > 0) this.#offer(backlog, nowMs);
    else if (!backlog.offered && backlog.visits === 0 && this.#backlogs.get(backlog.origin) === backlog)
      this.#backlogs.delete(backlog.origin);
    if (this.#lobby.size > 0) this.#admit(nowMs);
  }

  /**
   * Moves entries from the lobby into backlogs, while more backlogs are allowed. What this step leaves is moved when
   * visits leave other backlogs.
   */
  #admit(nowMs: number): void {
    for (let admitted = 0; admitted < ADMITTED_AT_ONCE && this.#backlogs.size < this.#mostBacklogs; admitted++) {
      const entry = this.#lobby.take();
      if (entry === undefined) return;
      this.#appendTo(this.#backlog(entry.origin), entry, nowMs);
    }
  }

  #appendTo(backlog: Backlog, entry: Entry, nowMs: number): void {
    backlog.append(entry);
    this.#offer(backlog, nowMs);
  }

  /** False if the backlog's origin may not be visited now. Then the backlog waits for its time, its turn or a lane. */
  #mayEnter(backlog: Backlog, nowMs: number): boolean {
    const { origin } = backlog;
    const notBeforeMs = this.#lanes.notBeforeMs(origin);
    const limit = this.#lanes.limit(origin, this.#options.hostConcurrency, nowMs);
    if (notBeforeMs > nowMs) this.#ready.push(notBeforeMs, backlog);
    else if (this.#mustAwaitTurn(origin, nowMs)) this.#ready.push(nowMs + lookAgainMs(this.#intervalMs(origin, nowMs)), backlog);
    else if (this.#lanes.isFull(origin, limit)) this.#waitForLane(backlog, limit, nowMs);
    else if (this.#lanes.isLeftToOthers(backlog, limit, nowMs)) this.#ready.push(nowMs + LEFT_TO_OTHERS_MS, backlog);
    else return true;
    return false;
  }

  #mustAwaitTurn(origin: string, nowMs: number): boolean {
    return this.#lanes.isTurnTaken(origin) && this.#intervalMs(origin, nowMs) > 0;
  }

  /** The least time between starts of requests to the origin, in milliseconds. */
  #intervalMs(origin: string, nowMs: number): number {
    const { hostIntervalMs, robots } = this.#options;
    return robots ? Math.max(hostIntervalMs, this.#lanes.intervals.of(origin, nowMs)) : hostIntervalMs;
  }

  #enter(backlog: Backlog, nowMs: number): Lane {
    const turnMs = this.#intervalMs(backlog.origin, nowMs);
    backlog.offered = false;
    backlog.visits++;
    this.#lanes.enter(backlog, nowMs);
    if (turnMs > 0) {
      this.#lanes.hold(backlog.origin, nowMs + turnMs);
      this.#lanes.takeTurn(backlog.origin, nowMs);
    }
    if (backlog.size > 1) this.#offer(backlog, nowMs);
    return { backlog, turnMs };
  }

  #backlog(origin: string): Backlog {
    let backlog = this.#backlogs.get(origin);
    if (backlog === undefined) {
      backlog = new Backlog(origin, this.#store);
      this.#backlogs.set(origin, backlog);
    }
    return backlog;
  }

  #offer(backlog: Backlog, atMs: number): void {
    if (backlog.offered) return;
    backlog.offered = true;
    this.#ready.push(atMs, backlog);
    this.#onReady();
  }

  #waitForLane(backlog: Backlog, limit: number, nowMs: number): void {
    const offer = (waiting: Backlog) => {
      waiting.offered = false;
      this.#offerOrForget(waiting, 0);
    };
    this.#lanes.waitForLane({ backlog, limit, offer }, nowMs);
  }
}
