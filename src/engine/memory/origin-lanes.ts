import { MAX_REMEMBERED, SLOWED_AFTER, type Trial } from '../../model/unreachable-origin.ts';
import type { ThrottledOrigin } from '../facts.ts';
import { keptMs } from '../robots-keeping.ts';
import { isDoubtful, isForgotten, missesAfter, type OriginAnswers, trialOf, visitLimit } from '../rules/answers.ts';
import { CLAIM_ENDS, type LaneClaim, limitBeside, OFFER_MS } from '../rules/lane-fairness.ts';
import { faster, type Pace, slower } from '../rules/origin-pace.ts';
import { type KnownRobots, ROBOTS_LEASE_MS } from '../visit.ts';
import type { Backlog } from './backlog.ts';
import { TimedQueue } from './timed-queue.ts';

/** Who waits for a lane: a backlog and the run that offers it again. */
interface LaneWaiter {
  backlog: Backlog;
  /** Visits that may hold the origin, if the waiter's is one of them. */
  limit: number;
  offer(backlog: Backlog): void;
}

interface OriginState extends OriginAnswers {
  notBeforeMs: number;
  /** A visit has the turn that the origin's interval gives, and has not sent its request. */
  isTurnTaken: boolean;
  /** Set while the origin asked for patience not long ago. */
  pace: Pace | undefined;
  /** Backlogs that a freed lane is offered to. */
  waiters: LaneWaiter[];
  /** What backlogs that wait for a lane, or were offered one, may claim beside runs with higher limits. */
  claims: Map<Backlog, LaneClaim>;
}

/**
 * Politeness, for each origin across all runs: how many visits hold it now, the time before which none may start, and what their robots.txt asks for.
 * An origin that nobody holds and whose time has come takes no memory.
 */
export class OriginLanes {
  readonly intervals = new OriginIntervals();
  readonly #origins = new Map<string, OriginState>();
  /** Origins that were left before they could be forgotten. */
  readonly #resting = new TimedQueue<string>();

  /** Visits that may hold it at once, of a run that allows `most`. */
  limit(origin: string, most: number, nowMs: number): number {
    const state = this.#known(origin, nowMs);
    return state === undefined ? most : visitLimit(state.misses, state.pace?.lanes, most);
  }

  /** So many visits hold the origin that none with this limit may take a lane. */
  isFull(origin: string, limit: number): boolean {
    return (this.#origins.get(origin)?.busy ?? 0) >= limit;
  }

  /** The free lanes are left to other runs, which have waited for one. Nobody needs to leave a lane for this to change. */
  isLeftToOthers(backlog: Backlog, limit: number, nowMs: number): boolean {
    const state = this.#origins.get(backlog.origin);
    if (state === undefined || state.claims.size === 0) return false;
    const claims = [...state.claims].flatMap(([other, claim]) => (other === backlog ? [] : [claim]));
    return state.busy >= limitBeside(limit, claims, nowMs);
  }

  /** It does not answer, or asked for patience: it gets one request at a time from each visit. */
  isThrottled(origin: string, nowMs: number): boolean {
    const state = this.#known(origin, nowMs);
    return state !== undefined && (state.misses >= SLOWED_AFTER || state.pace !== undefined);
  }

  /** Others come first, as the rule says. */
  isDoubtful(origin: string, nowMs: number): boolean {
    const state = this.#known(origin, nowMs);
    return state !== undefined && isDoubtful(state, nowMs);
  }

  /** How hard to try the next of its entries. */
  trial(origin: string, nowMs: number): Trial {
    const state = this.#known(origin, nowMs);
    return state === undefined ? 'full' : trialOf(state.misses, state.pace?.asks ?? 0);
  }

  /** A fetch ended, of a run that allows `most` visits. Only for an origin that somebody holds. */
  fetched(origin: string, answered: boolean, most: number, nowMs: number): void {
    const state = this.#state(origin, nowMs);
    state.misses = missesAfter(state.misses, answered ? 0 : 1, answered);
    if (answered) state.hasAnswered = true;
    else state.missedAtMs = nowMs;
    if (answered && state.pace !== undefined) state.pace = faster(state.pace, most, nowMs);
  }

  /** It answered a fetch, and asked for a pause. */
  asked(origin: string, holdMs: number, most: number, nowMs: number): void {
    const state = this.#state(origin, nowMs);
    state.misses = 0;
    state.hasAnswered = true;
    state.pace = slower(state.pace, most, holdMs, nowMs);
    this.hold(origin, nowMs + holdMs);
  }

  /** The origins that get less than runs allow. */
  throttled(nowMs: number): ThrottledOrigin[] {
    return [...this.#origins.keys()].filter((origin) => this.isThrottled(origin, nowMs)).map((origin) => this.#throttled(origin, nowMs));
  }

  #throttled(origin: string, nowMs: number): ThrottledOrigin {
    const { pace, misses } = this.#state(origin, nowMs);
    return {
      origin,
      concurrency: visitLimit(misses, pace?.lanes, pace?.lanes ?? 1),
      holdMs: Math.max(0, Math.ceil((pace?.askedUntilMs ?? 0) - nowMs)),
      misses,
      asks: pace?.asks ?? 0,
    };
  }

  notBeforeMs(origin: string): number {
    return this.#origins.get(origin)?.notBeforeMs ?? 0;
  }

  /** Takes a lane for the backlog. */
  enter(backlog: Backlog, nowMs: number): void {
    const state = this.#state(backlog.origin, nowMs);
    state.busy++;
    state.claims.delete(backlog);
  }

  /** Frees the backlog's lane and offers it to the backlogs that wait for one and may take it. */
  leave(backlog: Backlog, nowMs: number): void {
    const { origin } = backlog;
    const state = this.#state(origin, nowMs);
    state.busy--;
    const free = state.waiters.filter(({ limit }) => state.busy < limit);
    state.waiters = state.waiters.filter((waiter) => !free.includes(waiter));
    for (const waiter of state.waiters) if (waiter.backlog === backlog) state.claims.set(backlog, claimOf(waiter));
    for (const { backlog: waiting, limit } of free) {
      if (waiting === backlog || waiting.size === 0) state.claims.delete(waiting);
      else state.claims.set(waiting, { limit, untilMs: nowMs + OFFER_MS });
    }
    const restsUntilMs = Math.max(state.notBeforeMs, state.claims.size > 0 ? nowMs + OFFER_MS : 0);
    if (restsUntilMs > nowMs) this.#resting.push(restsUntilMs, origin);
    for (let rested = this.#resting.popDue(nowMs); rested !== undefined; rested = this.#resting.popDue(nowMs)) this.#forget(rested, nowMs);
    this.#forget(origin, nowMs);
    for (const waiter of free) waiter.offer(waiter.backlog);
  }

  #forget(origin: string, nowMs: number): void {
    const state = this.#known(origin, nowMs);
    if (state === undefined || state.busy > 0 || state.notBeforeMs > nowMs) return;
    for (const [backlog, { untilMs }] of state.claims) if (untilMs <= nowMs) state.claims.delete(backlog);
    if (state.claims.size > 0) return;
    if ((state.misses === 0 && state.pace === undefined) || this.#origins.size > MAX_REMEMBERED) this.#origins.delete(origin);
  }

  /** Offers the backlog when a lane is freed that it may take. Only for an origin that somebody holds. */
  waitForLane(waiter: LaneWaiter, nowMs: number): void {
    const state = this.#state(waiter.backlog.origin, nowMs);
    state.waiters.push(waiter);
    state.claims.set(waiter.backlog, claimOf(waiter));
  }

  /** Another visit has the turn of the origin: nobody else whose requests keep an interval takes it now. */
  isTurnTaken(origin: string): boolean {
    return this.#origins.get(origin)?.isTurnTaken === true;
  }

  /** Takes the turn, which is free, until `endTurn`. Only for an origin that the caller holds. */
  takeTurn(origin: string, nowMs: number): void {
    this.#state(origin, nowMs).isTurnTaken = true;
  }

  endTurn(origin: string): void {
    const state = this.#origins.get(origin);
    if (state !== undefined) state.isTurnTaken = false;
  }

  /** No request to the origin starts before `untilMs`. */
  hold(origin: string, untilMs: number): void {
    const state = this.#origins.get(origin) ?? this.#add(origin);
    state.notBeforeMs = Math.max(state.notBeforeMs, untilMs);
  }

  #state(origin: string, nowMs: number): OriginState {
    return this.#known(origin, nowMs) ?? this.#add(origin);
  }

  /** Without what it did too long ago. */
  #known(origin: string, nowMs: number): OriginState | undefined {
    const state = this.#origins.get(origin);
    if (state === undefined) return undefined;
    if (state.misses > 0 && isForgotten(state.missedAtMs, nowMs)) state.misses = 0;
    if (state.pace !== undefined && isForgotten(Math.max(state.pace.changedAtMs, state.pace.askedUntilMs), nowMs)) state.pace = undefined;
    return state;
  }

  #add(origin: string): OriginState {
    const state: OriginState = {
      busy: 0,
      notBeforeMs: 0,
      isTurnTaken: false,
      misses: 0,
      missedAtMs: 0,
      hasAnswered: false,
      pace: undefined,
      waiters: [],
      claims: new Map(),
    };
    this.#origins.set(origin, state);
    return state;
  }
}

/** While the waiter's run holds a lane of the origin itself, others need not leave it room. */
function claimOf({ backlog, limit }: LaneWaiter): LaneClaim {
  return { limit, untilMs: backlog.visits > 0 ? CLAIM_ENDS.past : CLAIM_ENDS.never };
}

const MAX_ORIGINS = 100_000;

interface Interval {
  ms: number;
  untilMs: number;
}

/** The least time between starts of requests that an origin's robots.txt asks for. */
export class OriginIntervals {
  readonly #mostOrigins: number;
  /** The one that was learnt first comes first. */
  readonly #intervals = new Map<string, Interval>();

  constructor(mostOrigins = MAX_ORIGINS) {
    this.#mostOrigins = mostOrigins;
  }

  /** It outlives the text by a lease, so that it holds while the next one is fetched. */
  learn(origin: string, { intervalMs, keepMs }: KnownRobots, nowMs: number): void {
    this.#intervals.delete(origin);
    if (intervalMs > 0) this.#intervals.set(origin, { ms: intervalMs, untilMs: nowMs + keptMs(keepMs) + ROBOTS_LEASE_MS });
    for (const [oldest, { untilMs }] of this.#intervals) {
      if (this.#intervals.size <= this.#mostOrigins && untilMs > nowMs) break;
      this.#intervals.delete(oldest);
    }
  }

  /** In milliseconds: 0 if it asks for none. */
  of(origin: string, nowMs: number): number {
    const interval = this.#intervals.get(origin);
    return interval !== undefined && interval.untilMs > nowMs ? interval.ms : 0;
  }
}
