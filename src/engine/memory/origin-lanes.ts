import { MAX_REMEMBERED, SLOWED_AFTER, type Trial } from '../../model/unreachable-origin.ts';
import type { ThrottledOrigin } from '../facts.ts';
import { keptMs } from '../robots-expiry.ts';
import { isDoubtful, isForgotten, missesAfter, type OriginAnswers, trialOf, visitLimit } from '../rules/answers.ts';
import { CLAIM_ENDS, type LaneClaim, limitBeside, OFFER_MS } from '../rules/lane-fairness.ts';
import { faster, type Pace, slower } from '../rules/origin-pace.ts';
import { type KnownRobots, ROBOTS_LEASE_MS } from '../visit.ts';
import type { Backlog } from './backlog.ts';
import { TimedQueue } from './timed-queue.ts';

/** A backlog that waits for a lane, and its run. */
interface LaneWaiter {
  backlog: Backlog;
  /** The most visits to the origin, including one of the waiter. */
  limit: number;
  offer(backlog: Backlog): void;
}

interface OriginState extends OriginAnswers {
  notBeforeMs: number;
  /** True while a visit has the turn of an origin with an interval and has not sent its request. */
  isTurnTaken: boolean;
  /** Set after the origin asked for a pause, until it is as fast as before. */
  pace: Pace | undefined;
  /** Backlogs to which a freed lane is offered. */
  waiters: LaneWaiter[];
  /** Claims of backlogs that wait for a lane or were offered one, against runs with higher limits (lane-fairness.ts). */
  claims: Map<Backlog, LaneClaim>;
}

/**
 * Politeness for each origin, across all runs: how many visits hold it, when the next request may start, and the
 * interval that its robots.txt asks for.
 * An origin that no visit holds and nothing delays takes no memory.
 */
export class OriginLanes {
  readonly intervals = new OriginIntervals();
  readonly #origins = new Map<string, OriginState>();
  /** Origins that no visit holds, but that cannot be forgotten yet. */
  readonly #resting = new TimedQueue<string>();

  /** The most visits to it at a time, for a run that allows `most`. */
  limit(origin: string, most: number, nowMs: number): number {
    const state = this.#known(origin, nowMs);
    return state === undefined ? most : visitLimit(state.misses, state.pace?.lanes, most);
  }

  /** True if a run with this limit may not take a lane, because of the visits that hold the origin. */
  isFull(origin: string, limit: number): boolean {
    return (this.#origins.get(origin)?.busy ?? 0) >= limit;
  }

  /** True if the free lanes are reserved for other runs that waited for one. This can change without any visit ending. */
  isLeftToOthers(backlog: Backlog, limit: number, nowMs: number): boolean {
    const state = this.#origins.get(backlog.origin);
    if (state === undefined || state.claims.size === 0) return false;
    const claims = [...state.claims].flatMap(([other, claim]) => (other === backlog ? [] : [claim]));
    return state.busy >= limitBeside(limit, claims, nowMs);
  }

  /** True if each visit should take one entry at a time, because the origin does not answer or asked for a pause. */
  isThrottled(origin: string, nowMs: number): boolean {
    const state = this.#known(origin, nowMs);
    return state !== undefined && (state.misses >= SLOWED_AFTER || state.pace !== undefined);
  }

  /** True if other origins should be preferred (rules/answers.ts). */
  isDoubtful(origin: string, nowMs: number): boolean {
    const state = this.#known(origin, nowMs);
    return state !== undefined && isDoubtful(state, nowMs);
  }

  /** How much effort its next entry is worth. */
  trial(origin: string, nowMs: number): Trial {
    const state = this.#known(origin, nowMs);
    return state === undefined ? 'full' : trialOf(state.misses, state.pace?.asks ?? 0);
  }

  /** Records the end of a fetch, for a run that allows `most` visits. Only for an origin that a visit holds. */
  fetched(origin: string, answered: boolean, most: number, nowMs: number): void {
    const state = this.#state(origin, nowMs);
    state.misses = missesAfter(state.misses, answered ? 0 : 1, answered);
    if (answered) state.hasAnswered = true;
    else state.missedAtMs = nowMs;
    if (answered && state.pace !== undefined) state.pace = faster(state.pace, most, nowMs);
  }

  /** Records an answer that asked for a pause. */
  asked(origin: string, holdMs: number, most: number, nowMs: number): void {
    const state = this.#state(origin, nowMs);
    state.misses = 0;
    state.hasAnswered = true;
    state.pace = slower(state.pace, most, holdMs, nowMs);
    this.hold(origin, nowMs + holdMs);
  }

  /** The origins that get fewer requests than runs allow. */
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

  /** Frees the backlog's lane, and offers it to waiting backlogs that may take it. */
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

  /** Makes the backlog wait for a lane that it may take. Only for an origin that a visit holds. */
  waitForLane(waiter: LaneWaiter, nowMs: number): void {
    const state = this.#state(waiter.backlog.origin, nowMs);
    state.waiters.push(waiter);
    state.claims.set(waiter.backlog, claimOf(waiter));
  }

  /** True if a visit has the turn of the origin. Visits that must keep an interval do not take it now. */
  isTurnTaken(origin: string): boolean {
    return this.#origins.get(origin)?.isTurnTaken === true;
  }

  /** Takes the free turn, until `endTurn`. Only for an origin that the caller holds. */
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

  /** Forgets what the origin did too long ago. */
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

/** True while the waiter's run holds a lane of the origin. Then others need not leave it room. */
function claimOf({ backlog, limit }: LaneWaiter): LaneClaim {
  return { limit, untilMs: backlog.visits > 0 ? CLAIM_ENDS.past : CLAIM_ENDS.never };
}

const MAX_ORIGINS = 100_000;

interface Interval {
  ms: number;
  untilMs: number;
}

/** The intervals that the robots.txt of each origin asks for. */
export class OriginIntervals {
  readonly #mostOrigins: number;
  /** In the order in which they were learnt. */
  readonly #intervals = new Map<string, Interval>();

  constructor(mostOrigins = MAX_ORIGINS) {
    this.#mostOrigins = mostOrigins;
  }

  /** Kept longer than the text, by a lease, so that it still applies while the text is fetched again. */
  learn(origin: string, { intervalMs, keepMs }: KnownRobots, nowMs: number): void {
    this.#intervals.delete(origin);
    if (intervalMs > 0) this.#intervals.set(origin, { ms: intervalMs, untilMs: nowMs + keptMs(keepMs) + ROBOTS_LEASE_MS });
    for (const [oldest, { untilMs }] of this.#intervals) {
      if (this.#intervals.size <= this.#mostOrigins && untilMs > nowMs) break;
      this.#intervals.delete(oldest);
    }
  }

  /** In milliseconds; 0 for none. */
  of(origin: string, nowMs: number): number {
    const interval = this.#intervals.get(origin);
    return interval !== undefined && interval.untilMs > nowMs ? interval.ms : 0;
  }
}
