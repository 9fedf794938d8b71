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

/**
 * A visit gives back entries that it has not begun this long after it got them, in milliseconds. So a slow URL does not
 * hold up the others, and a run is paused or stopped soon.
 */
const KEEP_MS = 50;

export interface RemoteVisitHome {
  send(message: FromChild): void;
  /** Sends the message with the next one, or a little later if there is none. */
  sendSoon(message: FromChild): void;
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
  /** Entries that were lent and not begun. */
  #unbegun: LentEntry[] = [];
  /** Gives them back when it fires. */
  #timer: NodeJS.Timeout | undefined;
  /** The current entry. */
  #lent: LentEntry | undefined;
  #isOver = false;
  /** A request for the current entry was made, and no `started` message was sent for it. */
  #isSent = false;
  /** Links of each page that was settled since the last entries came. The engine has them once it sends the next entries. */
  #found: Array<readonly Entry[]> = [];
  #onNext: (() => void) | undefined;
  readonly #onRobots: Array<(answer: RobotsAnswer) => void> = [];

  constructor(number: number, lentRun: LentRun, lent: LentEntry[], home: RemoteVisitHome) {
    this.run = lentRun.run;
    this.options = lentRun.options;
    this.nowMs = lentRun.nowMs;
    this.signal = home.signal;
    this.#number = number;
    this.#lentRun = lentRun;
    this.#home = home;
    this.#take(lent);
  }

  /** True once the parent has said that there are no further entries. */
  get isOver(): boolean {
    return this.#isOver;
  }

  next(): Entry | undefined | Promise<Entry | undefined> {
    if (this.#unbegun.length > 0 || this.#isOver) return this.#begin();
    this.#home.send({ kind: 'want', visit: this.#number });
    return new Promise((resolve) => {
      this.#onNext = () => resolve(this.#begin());
    });
  }

  #take(lent: LentEntry[]): void {
    this.#unbegun = lent;
    if (lent.length > 1) this.#timer = setTimeout(() => this.giveBackUnbegun(), KEEP_MS);
  }

  #begin(): Entry | undefined {
    const lent = this.#unbegun.shift();
    if (this.#unbegun.length === 0) clearTimeout(this.#timer);
    this.#lent = lent;
    this.#isSent = false;
    if (lent?.secret !== undefined && lent.entry.chain !== undefined)
      this.#home.secrets.keep(this.run, lent.entry, lent.entry.chain.url, readSecret(lent.secret));
    return lent?.entry;
  }

  /** Gives back the entries that were not begun. @param origin only if they are of this origin */
  giveBackUnbegun(origin?: string): void {
    const count = this.#unbegun.length;
    if (count === 0 || (origin !== undefined && this.#unbegun[0]?.entry.origin !== origin)) return;
    clearTimeout(this.#timer);
    this.#unbegun = [];
    this.#home.send({ kind: 'return', visit: this.#number, count });
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
    if (intervalMs > 0) {
      this.#lent.isHeld = true;
      this.giveBackUnbegun();
    }
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
    // The engine decides what else may be fetched now.
    if (ending.kind === 'back' || ('origin' in ending && ending.origin) || ('unreachable' in ending && ending.unreachable))
      this.giveBackUnbegun();
    const secret = ending.kind === 'moved' ? secretOf(this.#home.secrets, this.run, ending.entry) : undefined;
    const message: SettleMessage = { kind: 'settle', visit: this.#number, ending: this.#written(ending) };
    if (this.#isSent) message.sent = true;
    if (secret !== undefined) message.secret = secret;
    this.#home.sendSoon(message);
    this.#lent = undefined;
  }

  #written(ending: Ending): WrittenEnding {
    if (ending.kind !== 'outcome' && ending.kind !== 'revisited') return ending;
    const written: WrittenEnding = ending.kind === 'outcome' ? writtenOutcome(ending) : { kind: 'revisited' };
    if (ending.origin !== undefined) written.origin = ending.origin;
    if (ending.unreachable) written.unreachable = true;
    if (ending.found === undefined) return written;
    const found = this.#lentRun.sieve.sift(ending.found);
    if (found.entries.length > 0) this.#found.push(found.entries);
    written.found = packLinks(found);
    return written;
  }

  /** Handles a message of the parent about this visit. */
  receive(message: Extract<ToChild, { kind: 'next' | 'robots' }>): void {
    if (message.kind === 'robots') this.#onRobots.shift()?.(message.answer);
    else {
      if (!message.isFull) for (const links of this.#found) this.#lentRun.sieve.taken(links);
      this.#found = [];
      this.#isOver = message.lent.length === 0;
      this.#take(message.lent);
      this.#onNext?.();
    }
  }
}

type SettleMessage = Extract<FromChild, { kind: 'settle' }>;

function writtenOutcome({ outcome }: Extract<Ending, { kind: 'outcome' }>): Extract<WrittenEnding, { kind: 'outcome' }> {
  return { kind: 'outcome', outcome: { verdict: outcome.verdict }, line: formatOutcome(outcome) };
}
