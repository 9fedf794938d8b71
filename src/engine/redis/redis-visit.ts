import type { Entry } from '../../core/entry.ts';
import type { RunId } from '../../core/run-id.ts';
import type { RunOptions } from '../../core/run-options.ts';
import { verdictClass } from '../../core/verdict.ts';
import type { Ending, Visit } from '../engine.ts';
import { packEntry } from './entry-codec.ts';
import type { Checkout, Frontier, OriginReport, Settled, SettleMove } from './frontier.ts';

/** What a visit has not started after this long goes back, also while one slow fetch is still going on. */
export const VISIT_BUDGET_MS = 250;
/** Outcomes wait at most about this long for others to be settled with them. */
const SETTLE_AFTER_MS = 50;
/** Origins that answer faster than this never fill a visit's budget, so their latency is not kept. */
const SLOW_MS = VISIT_BUDGET_MS / 50;

export interface VisitTicket {
  run: RunId;
  ticket: number;
  token: string;
}

/**
 * A visit of the redis engine: the entries of one checkout.
 *
 *     checked out ──next──► open ──settle──► settled (sent in batches) ──► finish
 *          └──────────── given back: over budget, stopping ─────────────────┘
 *
 * It is lost when its lock was not renewed in time or a settle was fenced: another visit has its entries then, and nothing more is fetched.
 */
export class RedisVisit implements Visit {
  readonly run: RunId;
  readonly options: RunOptions;
  readonly #ticket: VisitTicket;
  readonly #frontier: Frontier;
  readonly #abort = new AbortController();
  readonly #waiting: Entry[];
  readonly #clockOffsetMs: number;
  readonly #budget: NodeJS.Timeout;
  readonly #onReady: (settled: Settled) => void;
  readonly #sent: Array<Promise<Settled>> = [];
  #moves: SettleMove[] = [];
  #movesSinceMs = 0;
  #reports = new Map<string, OriginReport & { fetches: number }>();
  #open: { entry: Entry; sinceMs: number } | undefined;
  /** By this process's monotonic clock: after this, the lock may have gone to another visit. */
  #leaseUntilMs: number;
  #lost = false;
  #finishing = false;

  /** `onReady` is called when a settle before the last has made something ready: others may go on with it now. */
  constructor(
    ticket: VisitTicket,
    options: RunOptions,
    frontier: Frontier,
    checkout: Checkout,
    leaseUntilMs: number,
    onReady: (settled: Settled) => void,
  ) {
    this.run = ticket.run;
    this.options = options;
    this.#ticket = ticket;
    this.#frontier = frontier;
    this.#waiting = checkout.entries;
    this.#clockOffsetMs = checkout.nowMs - performance.now();
    this.#leaseUntilMs = leaseUntilMs;
    this.#onReady = onReady;
    this.#budget = setTimeout(() => this.giveBack(), VISIT_BUDGET_MS);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  nowMs(): number {
    return this.#clockOffsetMs + performance.now();
  }

  /** The lock was renewed: the visit's entries are its own until then. */
  extendLease(untilMs: number): void {
    this.#leaseUntilMs = untilMs;
  }

  async next(): Promise<Entry | undefined> {
    const nowMs = performance.now();
    if (nowMs >= this.#leaseUntilMs) this.lose();
    if (this.#lost) return undefined;
    const entry = this.#waiting.shift();
    if (entry !== undefined) this.#open = { entry, sinceMs: nowMs };
    return entry;
  }

  settle(entry: Entry, ending: Ending): void {
    const open = this.#open;
    if (open?.entry !== entry) throw new Error(`${entry.url} is not open in this visit: each entry is settled once`);
    this.#open = undefined;
    if (ending.kind === 'back') {
      this.#move(entry, 'back', packEntry(entry));
      return;
    }
    this.#report(entry.origin, performance.now() - open.sinceMs, ending.origin?.holdMs ?? 0);
    if (ending.kind === 'retry') this.#move(entry, `retry:${ending.afterMs}`, packEntry(ending.entry));
    else this.#move(entry, verdictClass(ending.outcome.verdict), JSON.stringify(ending.outcome));
    // An origin that asked for a pause gets it at once.
    if (ending.origin !== undefined) this.giveBack();
    else if (performance.now() - this.#movesSinceMs >= SETTLE_AFTER_MS) this.#send();
  }

  /** No further entry is started: what has not been goes back to the front of its backlog, in order. */
  giveBack(): void {
    for (let entry = this.#waiting.pop(); entry !== undefined; entry = this.#waiting.pop()) this.#move(entry, 'back', packEntry(entry));
    this.#send();
  }

  /** Another visit has the entries, or will. Whatever is under way is broken off. */
  lose(): void {
    this.#lost = true;
    this.#waiting.length = 0;
    this.#abort.abort();
  }

  /** Breaks off the fetch that is under way; the entry goes back. */
  breakOff(): void {
    this.giveBack();
    this.#abort.abort();
  }

  /** Everything is settled or given back. What the last settle said, or undefined if the visit was lost. */
  async finish(): Promise<Settled | undefined> {
    clearTimeout(this.#budget);
    this.#finishing = true;
    if (this.#open !== undefined) this.settle(this.#open.entry, { kind: 'back' });
    this.giveBack();
    const settled = await Promise.all(this.#sent);
    return this.#lost ? undefined : settled.at(-1);
  }

  #move(entry: Entry, kind: SettleMove['kind'], payload: string): void {
    if (this.#moves.length === 0) this.#movesSinceMs = performance.now();
    this.#moves.push({ key: entry.key, kind, payload });
  }

  #report(origin: string, latencyMs: number, holdMs: number): void {
    const report = this.#reports.get(origin) ?? { origin, holdMs: 0, latencyMs: 0, fetches: 0 };
    report.latencyMs += latencyMs;
    report.fetches++;
    report.holdMs = Math.max(report.holdMs, holdMs);
    this.#reports.set(origin, report);
  }

  #send(): void {
    if (this.#moves.length === 0 || this.#lost) return;
    const reports = [...this.#reports.values()].map(({ origin, holdMs, latencyMs, fetches }) => {
      const meanMs = Math.round(latencyMs / fetches);
      return { origin, holdMs, latencyMs: meanMs > SLOW_MS ? meanMs : 0 };
    });
    const { run, ticket, token } = this.#ticket;
    const sent = this.#frontier.settle(run, ticket, token, reports, this.#moves);
    this.#moves = [];
    this.#reports = new Map();
    sent.then(
      (settled) => {
        if (settled.fenced) this.lose();
        else if (!this.#finishing || settled.offered.length > 0) this.#onReady(settled);
      },
      () => {},
    );
    this.#sent.push(sent);
  }
}
