import { type Entry, mayRepeatNext } from '../../../model/entry.ts';
import { formatOutcome } from '../../../model/lines/outcome-line.ts';
import { MEASURES } from '../../../model/measures.ts';
import type { Outcome } from '../../../model/outcome.ts';
import { isRepeatable } from '../../../model/request-spec.ts';
import type { RunId } from '../../../model/run-id.ts';
import type { RunOptions } from '../../../model/run-options.ts';
import { brokenOffOutcome, crashedOutcome } from '../../../model/unfetched-outcome.ts';
import type { Trial } from '../../../model/unreachable-origin.ts';
import { verdictClass } from '../../../model/verdict.ts';
import type { Ending, FoundLinks } from '../../ending.ts';
import { withGuard } from '../../rules/interval-guard.ts';
import type { KnownRobots, RobotsAnswer, Visit } from '../../visit.ts';
import type { Frontier } from '../frontier/frontier.ts';
import type { Checkout } from '../frontier/scripts/checkout.ts';
import { MAX_STRIKES } from '../frontier/scripts/held-entries.ts';
import type { Outlook } from '../frontier/scripts/script.ts';
import type { DoneMove, Settled } from '../frontier/scripts/settle.ts';
import type { Activity } from './activity.ts';
import type { OriginCooldowns } from './origin-cooldowns.ts';
import { MAX_ROUND_ENTRIES, mayBeginRound, ROUND_MS, type RoundSize } from './rounds.ts';
import { Settling, type VisitTicket } from './settling.ts';
import type { SharedRobots } from './shared-robots.ts';
import type { SuspectTurn } from './suspect-turn.ts';
import { VisitLease } from './visit-lease.ts';

/** Origins with a lower latency never fill a round, so their latency is not kept. */
const SLOW_MS = ROUND_MS / MAX_ROUND_ENTRIES;

/** What a visit needs from its surroundings. */
export interface VisitHome {
  frontier: Frontier;
  /** Checks out more entries for the visit's ticket, after the settles of the ones before were sent. */
  checkOut(): Promise<Checkout>;
  /** False if this process has more visits than it may have now. */
  hasRoom(): boolean;
  /** One for all visits of this process. */
  suspects: SuspectTurn;
  /** One for all visits of this process. */
  cooldowns: OriginCooldowns;
  robots: SharedRobots;
  /** One for all visits of the run in this process. */
  roundSize: RoundSize;
  activity: Activity;
  /** Least time between two strikes, in milliseconds. A death is not noticed sooner. */
  strikeSpacingMs: number;
  /** Logs a failed step that something else makes up for. */
  missed(step: string, error: unknown): void;
  /** Called when a settle made something of the run ready that this visit will not take. */
  wake(run: RunId): void;
}

/** How a visit left its ticket and its run. */
export interface VisitEnd {
  /** Entries that the ticket still holds. */
  held: number;
  outlook: Outlook;
}

/**
 * - `going`: more may be checked out when all entries are settled, unless the visit has lasted long enough.
 * - `suspect`: the only entry is a suspect, and no strike for its fetch is written yet.
 * - `over`: no more entries are checked out or started. The open one is still settled.
 * - `lost`: another visit has the ticket. Nothing more is sent.
 */
type VisitState = 'going' | 'suspect' | 'over' | 'lost';

/**
 * A visit of the redis engine: one round after another. A round begins with a checkout. After 250 ms its entries that have not
 * been started go back, and the next round begins after the open fetch. The visit ends if nothing is ready, or if it has lasted
 * long enough: 250 ms while other runs wait for a slot, otherwise two seconds.
 *
 *     checked out ──next──► open ──settle──► settled (sent in batches) ──► finish
 *        ▲ └─────────── given back: round too long, stopping ───┤           ▲
 *        └────────────── all settled, next round ◄──────────────┴───────────┘
 *
 * Its states:
 *
 *     going ──checkout of a suspect──► suspect
 *       │                                 │ strike, giveBack
 *       ├──time, pause, stop, breakOff────┴──► over
 *       └──a settle, strike or send was fenced──► lost ◄── (from each state)
 *
 * A suspect is the only entry of its visit. The visit waits until this process fetches no other suspect, writes a strike
 * against the entry, and fetches it.
 *
 * If its lock is not renewed in time, the visit aborts its fetch, because another visit may get its entries soon. What it
 * sends after that does no harm, because each settle is fenced.
 */
export class RedisVisit implements Visit {
  readonly run: RunId;
  readonly options: RunOptions;
  readonly #ticket: VisitTicket;
  readonly #home: VisitHome;
  readonly #abort = new AbortController();
  #waiting: Entry[];
  readonly #clockOffsetMs: number;
  readonly #roundTimer: NodeJS.Timeout;
  readonly #beganMs = performance.now();
  #round = { beganMs: 0, started: 0, isLate: false };
  #othersWait = false;
  readonly #lease: VisitLease;
  readonly #settling: Settling;
  #open: { entry: Entry; sinceMs: number } | undefined;
  #state: VisitState = 'going';
  /** The loss of the visit is measured once. */
  #isLossCounted = false;
  #end: VisitEnd;
  #trials: ReadonlyMap<string, Trial> = new Map();
  /** The turn of an origin with an interval, from the checkout until a request is sent. */
  #turn: { origin: string; untilMs: number; intervalMs: number } | undefined;
  #hasTurn = false;
  readonly #gaveBack: Promise<void>;
  #onGaveBack: () => void = () => {};

  constructor(ticket: VisitTicket, options: RunOptions, checkout: Checkout, leaseUntilMs: number, home: VisitHome) {
    this.run = ticket.run;
    this.options = options;
    this.#ticket = ticket;
    this.#home = home;
    this.#waiting = [];
    this.#gaveBack = new Promise((resolve) => {
      this.#onGaveBack = resolve;
    });
    this.#clockOffsetMs = checkout.nowMs - performance.now();
    this.#end = { held: checkout.entries.length, outlook: checkout };
    this.#settling = new Settling(ticket, {
      frontier: home.frontier,
      hostConcurrency: options.hostConcurrency,
      slowMs: SLOW_MS,
      onSettled: (settled) => this.#settled(settled),
      missed: home.missed,
      wake: home.wake,
    });
    this.#lease = new VisitLease(() => this.#lapse());
    this.#roundTimer = setTimeout(() => this.#endLateRound(), ROUND_MS);
    this.#take(checkout);
    // With an interval, each entry has its own time. The next one is for another visit.
    if (options.hostIntervalMs > 0 && this.#state === 'going') this.#state = 'over';
    this.extendLease(leaseUntilMs);
  }

  get ticket(): number {
    return this.#ticket.ticket;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  nowMs(): number {
    return this.#clockOffsetMs + performance.now();
  }

  /** The lock was renewed until then. */
  extendLease(untilMs: number): void {
    this.#lease.extend(untilMs);
  }

  #lapse(): void {
    this.#countLoss();
    this.breakOff();
  }

  /** True if no more entries are checked out or started. */
  get #isOver(): boolean {
    return this.#state === 'over' || this.#state === 'lost';
  }

  #countLoss(): void {
    if (!this.#isLossCounted) MEASURES.visitLost.report(undefined);
    this.#isLossCounted = true;
  }

  next(): Entry | undefined | Promise<Entry | undefined> {
    if (this.#settling.inParts !== undefined || this.#waiting.length === 0 || this.#state === 'suspect') return this.#nextInTime();
    this.#giveBackPaused();
    this.#lease.check();
    const [entry] = this.#waiting;
    // The usual case needs no promise.
    if (entry !== undefined && !entry.revisit && mayRepeatNext(entry, this.options)) return this.#start(this.#waiting.shift());
    return this.#nextInTime();
  }

  #start(entry: Entry | undefined): Entry | undefined {
    if (entry === undefined) return undefined;
    this.#open = { entry, sinceMs: performance.now() };
    this.#round.started++;
    return entry;
  }

  async #nextInTime(): Promise<Entry | undefined> {
    await this.#settling.inParts;
    if (this.#waiting.length === 0 && this.#state === 'going') await this.#checkOutMore();
    if (this.#state === 'suspect') await this.#strike();
    for (;;) {
      this.#giveBackPaused();
      this.#lease.check();
      const entry = this.#waiting.shift();
      if (entry?.revisit && !isRepeatable(entry, this.options)) this.#moveOut(entry, undefined);
      else if (entry === undefined || mayRepeatNext(entry, this.options) || (await this.#maySend(entry))) {
        return this.#start(entry);
      }
    }
  }

  /** False if the visit is lost, or if the request may have been sent before. Then that is the entry's outcome. */
  async #maySend(entry: Entry): Promise<boolean> {
    const { run, ticket, token } = this.#ticket;
    const answer = await this.#home.frontier.send(run, ticket, token, entry.key);
    if (answer === 'send') return true;
    if (answer === 'fenced') this.lose();
    else this.#moveOut(entry, brokenOffOutcome(run, entry, this.options, this.nowMs()));
    return false;
  }

  async #checkOutMore(): Promise<void> {
    this.#lease.check();
    if (this.#isOver || !this.#home.hasRoom()) return;
    if (!mayBeginRound(performance.now() - this.#beganMs, this.#othersWait)) return;
    this.#endRound();
    // Redis runs the settle before the checkout, so the ticket holds nothing when it checks out.
    this.#settling.send();
    this.#take(await this.#home.checkOut());
    if (this.#isOver) this.giveBack();
  }

  #endRound(): void {
    this.#home.roundSize.record(this.#round.started, performance.now() - this.#round.beganMs);
  }

  #take(checkout: Checkout): void {
    this.#round = { beganMs: performance.now(), started: 0, isLate: false };
    this.#roundTimer.refresh();
    this.#othersWait = checkout.othersWait;
    this.#end = { held: checkout.entries.length, outlook: checkout };
    this.#waiting = checkout.entries;
    if (checkout.kind === 'suspect' && this.#state === 'going') this.#state = 'suspect';
    this.#trials = checkout.trials;
    const [first] = checkout.entries;
    const { turnUntilMs: untilMs, nowMs } = checkout;
    this.#turn = first && untilMs > 0 ? { origin: first.origin, untilMs, intervalMs: untilMs - nowMs } : undefined;
  }

  /** Waits for the suspect's turn and writes a strike. If the suspect may not be fetched, it leaves `#waiting`. */
  async #strike(): Promise<void> {
    this.#state = 'over';
    const { run, ticket, token } = this.#ticket;
    const { frontier, suspects, strikeSpacingMs } = this.#home;
    this.#hasTurn = await suspects.enter(this.#gaveBack);
    const [suspect] = this.#waiting;
    if (suspect === undefined) return;
    const answer = await frontier.strike(run, ticket, token, suspect.key, strikeSpacingMs);
    if (answer === 'fenced') this.lose();
    if (answer !== 'crashed' || this.#waiting.length === 0) return;
    this.#waiting = [];
    const outcome = crashedOutcome(run, suspect, this.options, MAX_STRIKES, this.nowMs());
    this.#moveOut(suspect, outcome);
  }

  trial(entry: Entry): Trial {
    return this.#trials.get(entry.origin) ?? 'full';
  }

  isHeld(origin: string): boolean {
    return this.#home.cooldowns.has(origin);
  }

  started(entry: Entry, intervalMs: number): void {
    let leastMs = intervalMs;
    if (this.#turn?.origin === entry.origin) {
      leastMs = Math.max(leastMs, this.#turn.intervalMs);
      this.#turn = undefined;
    }
    if (leastMs <= 0 || this.#state === 'lost') return;
    // The origin's own interval may have become known after other visits checked it out.
    if (leastMs > this.options.hostIntervalMs) this.#home.cooldowns.add(entry.origin, leastMs);
    const { run, ticket, token } = this.#ticket;
    // If this is lost, the turn ends with the visit.
    this.#home.frontier
      .touch(run, ticket, token, entry.origin, withGuard(leastMs))
      .catch((error) => this.#home.missed('could not record the start of a request', error));
  }

  robots(origin: string, stale?: string): Promise<RobotsAnswer> {
    return this.#home.robots.ask(origin, stale);
  }

  keepRobots(origin: string, robots: KnownRobots): Promise<void> {
    return this.#home.robots.keep(origin, robots);
  }

  settle(entry: Entry, ending: Ending): void {
    const open = this.#open;
    if (open?.entry !== entry) throw new Error(`${entry.url} is not open in this visit: each entry is settled once`);
    if (ending.kind === 'back') {
      this.#open = undefined;
      this.#settling.giveBack(entry);
      return;
    }
    if (ending.kind === 'revisited' && !entry.revisit) throw new Error(`${entry.url} was not to be revisited: it needs an outcome`);
    this.#open = undefined;
    const holdMs = (ending.kind !== 'moved' && ending.origin?.holdMs) || 0;
    if (ending.kind !== 'retry' || !ending.unfetched)
      this.#settling.report(entry.origin, performance.now() - open.sinceMs, holdMs, ending.unreachable !== true);
    if (ending.unreachable) this.#giveBackOf(entry.origin);
    if (this.#turn?.origin === entry.origin) {
      if (ending.kind === 'outcome' && verdictClass(ending.outcome.verdict) === 'skipped') this.#passTurn();
      this.#turn = undefined;
    }
    if (ending.kind === 'retry') this.#settling.moveOn(`${ending.unfetched ? 'later' : 'retry'}:${ending.afterMs}`, ending.entry);
    else if (ending.kind === 'moved') this.#settling.moveOn(`moved:${Math.floor(ending.entry.acceptedAtMs)}`, ending.entry);
    else this.#moveOut(entry, ending.kind === 'outcome' ? ending.outcome : undefined, ending.found);
    // Pause the origin at once.
    if (holdMs > 0) {
      this.#home.cooldowns.add(entry.origin, holdMs);
      this.giveBack();
    } else this.#settling.sendIfDue();
  }

  /** Gives the turn up, so that the next entry of the origin need not wait. */
  #passTurn(): void {
    const { run, ticket, token } = this.#ticket;
    // If this is lost, the next entry waits after all.
    if (this.#turn !== undefined && this.#state !== 'lost')
      this.#home.frontier
        .passTurn(run, ticket, token, this.#turn.origin, this.#turn.untilMs)
        .catch((error) => this.#home.missed('could not pass a turn on', error));
    this.#turn = undefined;
  }

  /** Starts no more entries. Those not started go back to the front of their backlogs, in order. */
  giveBack(): void {
    if (this.#state !== 'lost') this.#state = 'over';
    this.#onGaveBack();
    this.#giveBackWaiting();
  }

  /** Lets other visits have the entries of a round that takes too long. This visit continues after its open fetch. */
  #endLateRound(): void {
    this.#round.isLate = true;
    if (this.#state === 'going') this.#giveBackWaiting();
    else this.giveBack();
  }

  #giveBackWaiting(): void {
    // The turn's origin has only one entry here, which was not started.
    if (this.#waiting[0]?.origin === this.#turn?.origin) this.#passTurn();
    for (let entry = this.#waiting.pop(); entry !== undefined; entry = this.#waiting.pop()) {
      this.#settling.giveBack(entry);
    }
    this.#settling.send();
  }

  /** Gives back entries of origins that asked other visits of this process for a pause. */
  #giveBackPaused(): void {
    for (let [entry] = this.#waiting; entry !== undefined && this.#home.cooldowns.has(entry.origin); [entry] = this.#waiting) {
      this.#giveBackOf(entry.origin);
    }
  }

  /** Gives back the other entries of an origin, for example because it does not answer. */
  #giveBackOf(origin: string): void {
    const others = this.#waiting.filter((entry) => entry.origin !== origin);
    for (const entry of this.#waiting.filter((waiting) => waiting.origin === origin).reverse()) {
      this.#settling.giveBack(entry);
    }
    this.#waiting = others;
  }

  /** Another visit has the ticket. Aborts the fetch. */
  lose(): void {
    this.#countLoss();
    this.#state = 'lost';
    this.#settling.stop();
    this.#onGaveBack();
    this.#waiting = [];
    this.#abort.abort();
  }

  /** Aborts the fetch. Its entry goes back. */
  breakOff(): void {
    this.giveBack();
    this.#abort.abort();
  }

  /** Settles or gives back everything. Returns the state of the ticket and the run, or undefined if the visit was lost. */
  async finish(): Promise<VisitEnd | undefined> {
    clearTimeout(this.#roundTimer);
    this.#endRound();
    this.#lease.end();
    if (this.#open !== undefined) this.settle(this.#open.entry, { kind: 'back' });
    this.giveBack();
    try {
      await this.#settling.answered();
    } finally {
      if (this.#hasTurn) this.#home.suspects.leave();
    }
    return this.#state === 'lost' ? undefined : this.#end;
  }

  /** The entry is done. One that already has its row gets no second one, whatever its outcome. */
  #moveOut(entry: Entry, outcome: Outcome | undefined, found?: FoundLinks): void {
    const { key } = entry;
    if (outcome !== undefined && !entry.revisit) this.#home.activity.record(this.run, outcome);
    const out: DoneMove =
      entry.revisit || outcome === undefined
        ? { key, kind: 'revisited' }
        : { key, kind: verdictClass(outcome.verdict), line: formatOutcome(outcome) };
    this.#settling.moveOut(entry, out, found);
  }

  #settled(settled: Settled): void {
    if (settled.fenced) {
      this.lose();
      return;
    }
    this.#end = { held: settled.held, outlook: settled };
    for (const run of settled.offered) this.#home.wake(run);
    // This visit gave back what it had not started, but its last fetch continues, so another visit must take over.
    if ((this.#isOver || this.#round.isLate) && this.#open !== undefined && settled.ready > 0) this.#home.wake(this.run);
  }
}
