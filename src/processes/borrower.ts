import { hrtime } from 'node:process';
import type { Ending } from '../engine/ending.ts';
import type { RunCounts } from '../engine/run-counts.ts';
import type { Visit } from '../engine/visit.ts';
import { type Entry, mayRepeatNext } from '../model/entry.ts';
import { tracksDepth } from '../model/link-options.ts';
import type { RunId } from '../model/run-id.ts';
import { brokenOffOutcome, crashedOutcome } from '../model/unfetched-outcome.ts';
import type { ChainSecrets } from '../worker/chain-secrets.ts';
import { abandonedRobots } from '../worker/robots/find-robots.ts';
import { BatchSizes } from './batch-sizes.ts';
import type { Deaths } from './keep-child.ts';
import { type FromChild, type LentEntry, readError, readSecret, secretOf, type WrittenEnding } from './messages.ts';
import { type PackedLinks, unpackLinks } from './packed-links.ts';
import type { WorkChild } from './work-child.ts';

interface BorrowerHome {
  /** Secrets of redirect chains, kept here because any of the processes may get the next request of a chain. */
  secrets: ChainSecrets;
  /** Which entries were being fetched when a process died. */
  deaths: Deaths;
  countsOf(run: RunId): Promise<RunCounts>;
  /** Called when a visit has ended. */
  onEnd(): void;
  /** Called when there is room for more or fewer visits. */
  onRoom(): void;
  /** Called when an origin has asked for a pause. */
  onHold(origin: string): void;
}

/** A visit that is lent to the process. */
interface Loan {
  number: number;
  visit: Visit;
  /** The entries that the process has, in order. It may be fetching the first one; it has not begun the others. */
  lent: Entry[];
  /** The origin of all entries of the visit. */
  origin: string;
  /** When the last ones were sent, by `performance.now`. */
  sentMs: number;
  /** How many those were, without those that the process gave back. */
  sent: number;
  /** The entry is a suspect. Until it is settled, the process gets no other visit, and this visit gets no second entry. */
  isAlone: boolean;
  /** The process that it was lent to has died. */
  isOrphaned: boolean;
  /** Pending while its next entry is being taken from the engine. */
  taking: Promise<void>;
  /** True if links of a page came from the process since the last entries were sent to it. The engine may have skipped some because of a limit. */
  gaveLinks: boolean;
  /** Origins whose robots.txt the process has been asked to fetch. */
  robots: Set<string>;
  done(): void;
  fail(error: unknown): void;
}

/** The limits for which an engine skips links. */
const LIMITS = ['depth', 'max-urls', 'max-urls-per-host'];

/**
 * A child process to which visits are lent. The visits stay in this process, with the engine, and are settled here;
 * only entries and their endings are sent as messages.
 */
export class Borrower {
  /** The current process. A process that dies is replaced. */
  child: Pick<WorkChild, 'isReady' | 'send' | 'stop' | 'kill'> | undefined;
  /** How many visits it has room for. */
  room: number;
  /** True while it is reserved for one suspect, so that it gets no other visit. */
  isReserved = false;
  readonly #home: BorrowerHome;
  readonly #loans = new Map<number, Loan>();
  readonly #runs = new Set<RunId>();
  readonly #sizes = new BatchSizes();
  #number = 0;

  /** @param room how many visits it has room for, until it reports another number */
  constructor(room: number, home: BorrowerHome) {
    this.#home = home;
    this.room = room;
  }

  get lent(): number {
    return this.#loans.size;
  }

  /** How many more visits it may get now. */
  get free(): number {
    return this.room - this.lent;
  }

  /**
   * Lends a visit with its first entry; resolves when the visit is over. Rejects if the fetch failed because of a bug
   * of ours.
   */
  lend(visit: Visit, entry: Entry, isAlone: boolean): Promise<void> {
    const number = ++this.#number;
    if (!this.#runs.has(visit.run)) {
      this.#runs.add(visit.run);
      const [nowMs, monotonicMs] = [visit.nowMs(), monotonicNowMs()];
      this.child?.send({ kind: 'run', run: visit.run, options: visit.options, nowMs, monotonicMs });
    }
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#loans.delete(number);
        this.#home.onEnd();
      };
      const done = () => {
        end();
        resolve();
      };
      const fail = (error: unknown) => {
        end();
        reject(error);
      };
      const lent = isAlone ? [entry] : this.#batch(visit, entry);
      const loan = {
        number,
        visit,
        lent,
        origin: entry.origin,
        sentMs: performance.now(),
        sent: lent.length,
        isAlone,
        isOrphaned: false,
        taking: Promise.resolve(),
        gaveLinks: false,
        robots: new Set<string>(),
        done,
        fail,
      };
      this.#loans.set(number, loan);
      this.child?.send({ kind: 'lend', visit: number, run: visit.run, lent: this.#written(loan) });
    });
  }

  #written({ visit, lent }: Loan): LentEntry[] {
    return lent.map((entry) => this.#lentOf(visit, entry));
  }

  #lentOf(visit: Visit, entry: Entry): LentEntry {
    const trial = visit.trial(entry);
    const secret = secretOf(this.#home.secrets, visit.run, entry);
    return {
      entry,
      ...(trial !== 'full' && { trial }),
      ...(visit.isHeld(entry.origin) && { isHeld: true }),
      ...(secret && { secret }),
    };
  }

  /** Handles a message from the process. */
  receive(message: BorrowerMessage): void {
    if (message.kind === 'room') {
      const isOther = this.room !== message.visits;
      this.room = message.visits;
      if (isOther) this.#home.onRoom();
      return;
    }
    const loan = this.#loans.get(message.visit);
    // The visit is over, but the process did not know yet when it sent this.
    if (loan === undefined) return;
    try {
      this.#receiveFor(loan, message);
    } catch (error) {
      loan.fail(error);
    }
  }

  #receiveFor(loan: Loan, message: Exclude<BorrowerMessage, { kind: 'room' }>): void {
    const { visit, lent } = loan;
    const [open] = lent;
    switch (message.kind) {
      case 'settle':
        if (open === undefined) throw new Error('a process settled an entry that it did not have');
        if (message.sent) visit.started(open, 0);
        this.#settle(loan, open, message);
        return;
      case 'want':
        loan.taking = this.#giveNext(loan).catch(loan.fail);
        return;
      case 'return':
        takeBack(loan, message.count);
        return;
      case 'started':
        if (open !== undefined) visit.started(open, message.intervalMs);
        return;
      case 'ask-robots': {
        const { origin, stale } = message;
        visit.robots(origin, stale).then((answer) => {
          if (answer.kind === 'yours') loan.robots.add(origin);
          this.child?.send({ kind: 'robots', visit: loan.number, answer });
        }, loan.fail);
        return;
      }
      case 'keep-robots':
        loan.robots.delete(message.origin);
        if (message.robots.intervalMs > 0) this.#home.onHold(message.origin);
        visit.keepRobots(message.origin, message.robots).catch(loan.fail);
        return;
      case 'leave':
        loan.done();
        return;
      case 'broken':
        loan.fail(readError(message.error));
    }
  }

  #settle(loan: Loan, open: Entry, { ending: written, secret }: Extract<BorrowerMessage, { kind: 'settle' }>): void {
    const { visit } = loan;
    const ending = readEnding(written);
    if (ending.kind === 'moved' && secret !== undefined && ending.entry.chain !== undefined)
      this.#home.secrets.keep(visit.run, ending.entry, ending.entry.chain.url, readSecret(secret));
    if ('found' in ending && ending.found !== undefined && ending.found.entries.length > 0) loan.gaveLinks = true;
    loan.lent.shift();
    this.#home.deaths.forget(visit.run, open);
    visit.settle(open, ending);
    if ('origin' in ending && ending.origin !== undefined) this.#home.onHold(open.origin);
  }

  async #giveNext(loan: Loan): Promise<void> {
    const { visit, number } = loan;
    this.#sizes.learn(loan.origin, loan.sent, performance.now() - loan.sentMs);
    const entry = loan.isAlone ? undefined : await visit.next();
    // Only `visit.next` waits until the engine has taken all links, so after a suspect they may not count as taken.
    const isFull = loan.isAlone || (loan.gaveLinks && !tracksDepth(visit.options) && (await this.#leavesOut(visit.run)));
    const isLent = entry !== undefined && this.#mayFollow(loan, entry);
    // It will be the first entry of another visit; a suspect is fetched alone then.
    if (entry !== undefined && !isLent) visit.settle(entry, { kind: 'back' });
    loan.lent = isLent ? this.#batch(visit, entry) : [];
    loan.sentMs = performance.now();
    loan.sent = loan.lent.length;
    loan.gaveLinks = false;
    // The process that replaced a dead one does not know the visit.
    if (!loan.isOrphaned) {
      this.child?.send({ kind: 'next', visit: number, lent: this.#written(loan), ...(isFull && { isFull }) });
    }
    if (!isLent) loan.done();
  }

  /** True if the process can get the entry next, in the same visit. */
  #mayFollow({ visit, isOrphaned }: Loan, entry: Entry): boolean {
    return !isOrphaned && !this.#home.deaths.isSuspect(visit.run, entry);
  }

  /** The entry, with others that may be fetched after it without asking the engine. */
  #batch(visit: Visit, first: Entry): Entry[] {
    const size = this.#sizes.of(first.origin);
    if (size === 1 || visit.reserve === undefined || !this.#mayShareBatch(visit, first)) return [first];
    const reserved = visit.reserve(size - 1);
    const unfit = reserved.findIndex((entry) => !this.#mayShareBatch(visit, entry));
    if (unfit === -1) return [first, ...reserved];
    visit.unreserve?.(reserved.length - unfit);
    return [first, ...reserved.slice(0, unfit)];
  }

  /** False if the parent must know exactly whether the entry was being fetched when a process died. */
  #mayShareBatch({ run, options }: Visit, entry: Entry): boolean {
    return mayRepeatNext(entry, options) && !this.#home.deaths.isKnown(run, entry);
  }

  /** Tells the process to give back the entries of the origin that it has not begun. */
  recall(origin: string): void {
    if ([...this.#loans.values()].some(({ lent }) => lent.length > 1 && lent[0]?.origin === origin))
      this.child?.send({ kind: 'recall', origin });
  }

  async #leavesOut(run: RunId): Promise<boolean> {
    const { leftOut } = await this.#home.countsOf(run);
    return LIMITS.some((reason) => leftOut[reason] !== undefined);
  }

  /**
   * Call this when the process has died: its entries in progress go back, or get their outcomes if they must not be
   * fetched again.
   */
  async died(): Promise<void> {
    this.#runs.clear();
    for (const loan of this.#loans.values()) loan.isOrphaned = true;
    await Promise.all([...this.#loans.values()].map((loan) => this.#giveBack(loan)));
  }

  async #giveBack(loan: Loan): Promise<void> {
    await loan.taking;
    const { visit, lent, robots } = loan;
    const [open, ...unbegun] = lent;
    try {
      for (const origin of robots) await visit.keepRobots(origin, abandonedRobots(visit.nowMs()));
      for (const entry of unbegun) this.#home.deaths.note(visit.run, entry);
      takeBack(loan, unbegun.length);
      if (open !== undefined) visit.settle(open, this.#endingAfterDeath(loan, open));
      loan.done();
    } catch (error) {
      loan.fail(error);
    }
  }

  #endingAfterDeath({ visit, isAlone }: Loan, open: Entry): Ending {
    const { run, options } = visit;
    if (!mayRepeatNext(open, options)) return { kind: 'outcome', outcome: brokenOffOutcome(run, open, options, visit.nowMs()) };
    const strikes = this.#home.deaths.count(run, open, isAlone);
    if (strikes === undefined) return { kind: 'back' };
    return open.revisit ? { kind: 'revisited' } : { kind: 'outcome', outcome: crashedOutcome(run, open, options, strikes, visit.nowMs()) };
  }
}

/** Gives the last `count` entries of the loan back to the engine. */
function takeBack(loan: Loan, count: number): void {
  const { visit, lent } = loan;
  const [first] = lent;
  const kept = lent.length - count;
  visit.unreserve?.(kept === 0 ? count - 1 : count);
  lent.length = kept;
  loan.sent -= count;
  if (kept === 0 && first !== undefined) visit.settle(first, { kind: 'back' });
}

/** Messages of a process about its visits and its room. */
export type BorrowerMessage = Exclude<FromChild, { kind: 'ready' | 'log' | 'failed' | 'metrics' }>;

/** The monotonic clock that all processes of a machine share, in milliseconds. */
function monotonicNowMs(): number {
  return Number(hrtime.bigint()) / 1e6;
}

function readEnding(written: WrittenEnding): Ending {
  const hasLinks = 'found' in written && written.found !== undefined;
  // An outcome has only its verdict. The engine reads no more of it, because its line is there.
  return (hasLinks ? { ...written, found: unpackLinks(written.found as PackedLinks) } : written) as unknown as Ending;
}
