import type { Ending, KnownRobots, RobotsAnswer, Visit } from '../engine/engine.ts';
import type { Entry } from '../model/entry.ts';
import { formatOutcome } from '../model/lines/outcome-line.ts';
import type { RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { Trial } from '../model/unreachable-origin.ts';
import type { ChainSecrets } from '../worker/chain-secrets.ts';
import { type FromChild, type LentEntry, readSecret, secretOf, type ToChild, type WrittenEnding } from './messages.ts';
import { type LinkSieve, packLinks } from './packed-links.ts';

/** A run, as a process knows it that visits are lent to. */
export interface LentRun {
  run: RunId;
  options: RunOptions;
  /** By the engine's clock. */
  nowMs(): number;
  sieve: LinkSieve;
}

export interface RemoteVisitHome {
  say(message: FromChild): void;
  secrets: ChainSecrets;
  /** All fetches are broken off. */
  signal: AbortSignal;
}

/** A visit whose engine is in the process that began this one. Of its engine it knows what came with the entry in hand; everything else is asked for or told by message. */
export class RemoteVisit implements Visit {
  readonly run: RunId;
  readonly options: RunOptions;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly #number: number;
  readonly #lentRun: LentRun;
  readonly #home: RemoteVisitHome;
  /** The first one, until it is asked for. */
  #first: LentEntry | undefined;
  #lent: LentEntry | undefined;
  #isOver = false;
  /** A request for the entry in hand went out, and this was not told. */
  #isSent = false;
  /** Links that the engine has once it gives the next entry. */
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

  /** The engine has said that there are no further entries. */
  get isOver(): boolean {
    return this.#isOver;
  }

  async next(): Promise<Entry | undefined> {
    const first = this.#first;
    this.#first = undefined;
    const lent = first ?? (this.#isOver ? undefined : await this.#ask());
    this.#lent = lent;
    this.#isSent = false;
    if (lent?.secret !== undefined && lent.entry.chain !== undefined)
      this.#home.secrets.keep(this.run, lent.entry, lent.entry.chain.url, readSecret(lent.secret));
    return lent?.entry;
  }

  #ask(): Promise<LentEntry | undefined> {
    this.#home.say({ kind: 'want', visit: this.#number });
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
    // An origin that is not held has no turn that would end with this.
    if (intervalMs > 0 || this.#lent.isHeld) this.#home.say({ kind: 'started', visit: this.#number, intervalMs });
    else this.#isSent = true;
    if (intervalMs > 0) this.#lent.isHeld = true;
  }

  robots(origin: string, stale?: string): Promise<RobotsAnswer> {
    this.#home.say({ kind: 'ask-robots', visit: this.#number, origin, ...(stale !== undefined && { stale }) });
    return new Promise((resolve) => this.#onRobots.push(resolve));
  }

  async keepRobots(origin: string, robots: KnownRobots): Promise<void> {
    this.#home.say({ kind: 'keep-robots', visit: this.#number, origin, robots });
  }

  settle(entry: Entry, ending: Ending): void {
    if (this.#lent?.entry !== entry) throw new Error(`${entry.url} is not open in this visit: each entry is settled once`);
    if (ending.kind === 'revisited' && !entry.revisit) throw new Error(`${entry.url} was not to be revisited: it needs an outcome`);
    const secret = ending.kind === 'moved' ? secretOf(this.#home.secrets, this.run, ending.entry) : undefined;
    const sent = this.#isSent ? { sent: true as const } : {};
    this.#home.say({ kind: 'settle', visit: this.#number, ending: this.#written(ending), ...sent, ...(secret && { secret }) });
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

  /** What the engine's process said of this visit. */
  hear(message: Extract<ToChild, { kind: 'next' | 'robots' }>): void {
    if (message.kind === 'robots') this.#onRobots.shift()?.(message.answer);
    else {
      if (!message.isFull) this.#lentRun.sieve.taken(this.#found);
      this.#found = [];
      this.#isOver = message.lent === undefined;
      this.#onNext?.(message.lent);
    }
  }
}
