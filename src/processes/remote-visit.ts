import type { Ending } from '../engine/ending.ts';
import type { KnownRobots, RobotsAnswer, Visit } from '../engine/visit.ts';
import type { Entry } from '../model/entry.ts';
import { formatOutcome } from '../model/lines/outcome-line.ts';
import type { RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { Trial } from '../model/unreachable-origin.ts';
import type { ChainSecrets } from '../worker/chain-secrets.ts';
import { type FromChild, type LentEntry, readSecret, secretOf, type ToChild, type WrittenEnding } from './messages.ts';
import { type LinkSieve, packLinks } from './packed-links.ts';

/** A run whose visits are lent to this process. */
export interface LentRun {
  run: RunId;
  options: RunOptions;
  /** The time now, by the engine's clock. */
  nowMs(): number;
  sieve: LinkSieve;
}

export interface RemoteVisitHome {
  send(message: FromChild): void;
  secrets: ChainSecrets;
  /** Aborts all fetches of this process. */
  signal: AbortSignal;
}

/**
 * A visit whose engine is in the parent process. It knows the engine's data that came with its current entry;
 * everything else goes through messages.
 */
export class RemoteVisit implements Visit {
  readonly run: RunId;
  readonly options: RunOptions;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly #number: number;
  readonly #lentRun: LentRun;
  readonly #home: RemoteVisitHome;
  /** The first entry, until `next` returns it. */
  #first: LentEntry | undefined;
  /** The current entry. */
  #lent: LentEntry | undefined;
  #isOver = false;
  /** A request for the current entry was made, and no `started` message was sent for it. */
  #isSent = false;
  /** Links of the last settled page. The engine has them once it sends the next entry. */
  #found: readonly Entry[] = [];
  #onNext: ((lent: LentEntry | undefined) => void) | undefined;
  readonly #onRobots: Array<(answer: RobotsAnswer) => void> = [];

  constructor(number: number, lentRun: LentRun, first: LentEntry, home: RemoteVisitHome) {
    this.run = lentRun.run;
    this.options = lentRun.options;
    this.nowMs = lentRun.nowMs;
    this.signal = home.signal;
    this.#number = number;
    this.#lentRun = lentRun;
    this.#first = first;
    this.#home = home;
  }

  /** True once the parent has said that there are no further entries. */
  get isOver(): boolean {
    return this.#isOver;
  }

  async next(): Promise<Entry | undefined> {
    const first = this.#first;
    this.#first = undefined;
    const lent = first ?? (this.#isOver ? undefined : await this.#request());
    this.#lent = lent;
    this.#isSent = false;
    if (lent?.secret !== undefined && lent.entry.chain !== undefined)
      this.#home.secrets.keep(this.run, lent.entry, lent.entry.chain.url, readSecret(lent.secret));
    return lent?.entry;
  }

  #request(): Promise<LentEntry | undefined> {
    this.#home.send({ kind: 'want', visit: this.#number });
    return new Promise((resolve) => {
      this.#onNext = resolve;
    });
  }

  trial(): Trial {
    return this.#lent?.trial ?? 'full';
  }

  isHeld(origin: string): boolean {
    return this.#lent?.isHeld === true && this.#lent.entry.origin === origin;
  }

  started(_entry: Entry, intervalMs: number): void {
    if (this.#lent === undefined) return;
    // Only for a held origin does the parent need to know at once, because its turn ends now. Otherwise `settle` tells.
    if (intervalMs > 0 || this.#lent.isHeld) this.#home.send({ kind: 'started', visit: this.#number, intervalMs });
    else this.#isSent = true;
    if (intervalMs > 0) this.#lent.isHeld = true;
  }

  robots(origin: string, stale?: string): Promise<RobotsAnswer> {
    this.#home.send({ kind: 'ask-robots', visit: this.#number, origin, ...(stale !== undefined && { stale }) });
    return new Promise((resolve) => this.#onRobots.push(resolve));
  }

  async keepRobots(origin: string, robots: KnownRobots): Promise<void> {
    this.#home.send({ kind: 'keep-robots', visit: this.#number, origin, robots });
  }

  settle(entry: Entry, ending: Ending): void {
    if (this.#lent?.entry !== entry) throw new Error(`${entry.url} is not open in this visit: each entry is settled once`);
    if (ending.kind === 'revisited' && !entry.revisit) throw new Error(`${entry.url} was not to be revisited: it needs an outcome`);
    const secret = ending.kind === 'moved' ? secretOf(this.#home.secrets, this.run, ending.entry) : undefined;
    const sent = this.#isSent ? { sent: true as const } : {};
    this.#home.send({ kind: 'settle', visit: this.#number, ending: this.#written(ending), ...sent, ...(secret && { secret }) });
    this.#lent = undefined;
  }

  #written(ending: Ending): WrittenEnding {
    if (ending.kind !== 'outcome' && ending.kind !== 'revisited') return ending;
    const { found: all, ...rest } = ending;
    const found = all && this.#lentRun.sieve.sift(all);
    this.#found = found?.entries ?? [];
    const links = found && { found: packLinks(found) };
    if (rest.kind === 'revisited') return { ...rest, ...links };
    const { outcome, ...others } = rest;
    return { ...others, verdict: outcome.verdict, line: formatOutcome(outcome), ...links };
  }

  /** Handles a message of the parent about this visit. */
  receive(message: Extract<ToChild, { kind: 'next' | 'robots' }>): void {
    if (message.kind === 'robots') this.#onRobots.shift()?.(message.answer);
    else {
      if (!message.isFull) this.#lentRun.sieve.taken(this.#found);
      this.#found = [];
      this.#isOver = message.lent === undefined;
      this.#onNext?.(message.lent);
    }
  }
}
