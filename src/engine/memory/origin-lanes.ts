import {
  DOWN_AFTER,
  DOWN_PAUSE_MS,
  MISSED_PAUSE_MS,
  MOST_REMEMBERED,
  SLOWED_AFTER,
  type Trial,
  trialOf,
} from '../../model/unreachable-origin.ts';
import { type KnownRobots, ROBOTS_LEASE_MS, type ThrottledOrigin } from '../engine.ts';
import { keptMs } from '../robots-keeping.ts';
import { faster, type Pace, slower } from '../rules/origin-pace.ts';
import type { Backlog } from './backlog.ts';
import { TimedQueue } from './timed-queue.ts';

/** Who waits for a lane: a backlog and the run that offers it again. */
interface LaneWaiter {
  backlog: Backlog;
  /** Visits that may hold the origin, if the waiter's is one of them. */
  limit: number;
  offer(backlog: Backlog): void;
}

interface OriginState {
  busy: number;
  notBeforeMs: number;
  /** A visit has the turn that the origin's interval gives, and has not sent its request. */
  isTurnTaken: boolean;
  /** Fetches in a row without an answer, and when the last of them ended. */
  misses: number;
  missedAtMs: number;
  /** It has answered while it was held. */
  hasAnswered: boolean;
  /** There is one while it asked for patience not long ago. */
  pace: Pace | undefined;
  waiters: LaneWaiter[];
}

/**
 * Politeness, for each origin across all runs: how many visits hold it now, the time before which none may start, and what their robots.txt asks for.
 * An origin that nobody holds and whose time has come takes no memory.
 */
export class OriginLanes {
  readonly intervals = new OriginIntervals();
  readonly #origins = new Map<string, OriginState>();
  /** Origins that were left before their time had come. */
  readonly #resting = new TimedQueue<string>();

  /** Visits that may hold it at once, of a run that allows `most`. */
  limit(origin: string, most: number): number {
    const state = this.#origins.get(origin);
    if (state === undefined) return most;
    return state.misses >= SLOWED_AFTER ? 1 : Math.min(most, state.pace?.lanes ?? most);
  }

  /** No visit with this limit may take the origin now. */
  isTaken(origin: string, limit: number): boolean {
    const state = this.#origins.get(origin);
    return state !== undefined && isTaken(state, limit);
  }

  /** It does not answer, or asked for patience: it gets one request at a time from each visit. */
  isThrottled(origin: string): boolean {
    const state = this.#origins.get(origin);
    return state !== undefined && (state.misses >= SLOWED_AFTER || state.pace !== undefined);
  }

  /**
   * Others come first: somebody visits it, and it has not answered yet, or it left a fetch without an answer a moment ago. A slot that it takes may be lost for a whole timeout.
   */
  isDoubtful(origin: string, nowMs: number): boolean {
    const state = this.#origins.get(origin);
    if (state === undefined) return false;
    const { misses, missedAtMs, busy, hasAnswered } = state;
    if (misses > 0) return nowMs - missedAtMs < (misses >= DOWN_AFTER ? DOWN_PAUSE_MS : MISSED_PAUSE_MS);
    return busy > 0 && !hasAnswered;
  }

  /** How hard to try the next of its entries. */
  trial(origin: string): Trial {
    const state = this.#origins.get(origin);
    return state === undefined ? 'full' : trialOf(state.misses, state.pace?.asks ?? 0);
  }

  /** A fetch ended, of a run that allows `most` visits. Only for an origin that somebody holds. */
  fetched(origin: string, answered: boolean, most: number, nowMs: number): void {
    const state = this.#state(origin);
    state.misses = answered ? 0 : state.misses + 1;
    if (answered) state.hasAnswered = true;
    else state.missedAtMs = nowMs;
    if (answered && state.pace !== undefined) state.pace = faster(state.pace, most, nowMs);
  }

  /** It answered a fetch, and asked for a pause. */
  asked(origin: string, holdMs: number, most: number, nowMs: number): void {
    const state = this.#state(origin);
    state.misses = 0;
    state.hasAnswered = true;
    state.pace = slower(state.pace, most, holdMs, nowMs);
    this.hold(origin, nowMs + holdMs);
  }

  /** The origins that get less than runs allow. */
  throttled(nowMs: number): ThrottledOrigin[] {
    return [...this.#origins.keys()].filter((origin) => this.isThrottled(origin)).map((origin) => this.#throttled(origin, nowMs));
  }

  #throttled(origin: string, nowMs: number): ThrottledOrigin {
    const { pace, misses } = this.#state(origin);
    return {
      origin,
      concurrency: misses >= SLOWED_AFTER ? 1 : (pace?.lanes ?? 1),
      holdMs: Math.max(0, Math.ceil((pace?.askedUntilMs ?? 0) - nowMs)),
      misses,
      asks: pace?.asks ?? 0,
    };
  }

  notBeforeMs(origin: string): number {
    return this.#origins.get(origin)?.notBeforeMs ?? 0;
  }

  /** Takes a lane. The runs that left its run room for it may go on. */
  enter(origin: string): void {
    const state = this.#state(origin);
    state.busy++;
    offerFree(state);
  }

  /** Frees a lane and offers the backlogs that waited for one and may take one now. */
  leave(origin: string, nowMs: number): void {
    const state = this.#state(origin);
    state.busy--;
    if (state.notBeforeMs > nowMs) this.#resting.push(state.notBeforeMs, origin);
    for (let rested = this.#resting.popDue(nowMs); rested !== undefined; rested = this.#resting.popDue(nowMs)) this.#forget(rested, nowMs);
    this.#forget(origin, nowMs);
    offerFree(state);
  }

  #forget(origin: string, nowMs: number): void {
    const state = this.#origins.get(origin);
    if (state === undefined || state.busy > 0 || state.notBeforeMs > nowMs) return;
    if ((state.misses === 0 && state.pace === undefined) || this.#origins.size > MOST_REMEMBERED) this.#origins.delete(origin);
  }

  /** Offers the backlog when a lane is freed. Only for an origin that somebody holds. */
  waitForLane(origin: string, waiter: LaneWaiter): void {
    this.#state(origin).waiters.push(waiter);
  }

  /** Another visit has the turn of the origin: nobody else whose requests keep an interval takes it now. */
  isTurnTaken(origin: string): boolean {
    return this.#origins.get(origin)?.isTurnTaken === true;
  }

  /** Takes the turn, which is free, until `endTurn`. Only for an origin that the caller holds. */
  takeTurn(origin: string): void {
    this.#state(origin).isTurnTaken = true;
  }

  endTurn(origin: string): void {
    this.#state(origin).isTurnTaken = false;
  }

  /** No request to the origin starts before `untilMs`. */
  hold(origin: string, untilMs: number): void {
    const state = this.#state(origin);
    state.notBeforeMs = Math.max(state.notBeforeMs, untilMs);
  }

  #state(origin: string): OriginState {
    let state = this.#origins.get(origin);
    if (state === undefined) {
      state = { busy: 0, notBeforeMs: 0, isTurnTaken: false, misses: 0, missedAtMs: 0, hasAnswered: false, pace: undefined, waiters: [] };
      this.#origins.set(origin, state);
    }
    return state;
  }
}

/** A run with a lesser limit that has no lane, and waits for one, is not kept waiting by those with a greater one. */
function isTaken({ busy, waiters }: OriginState, limit: number): boolean {
  if (busy === 0) return false;
  const isLeftRoom = (waiter: LaneWaiter) => waiter.limit < limit && waiter.backlog.visits === 0;
  return busy >= limit || waiters.some((waiter) => isLeftRoom(waiter) && busy >= waiter.limit - 1);
}

function offerFree(state: OriginState): void {
  const free = state.waiters.filter(({ limit }) => !isTaken(state, limit));
  state.waiters = state.waiters.filter((waiter) => !free.includes(waiter));
  for (const waiter of free) waiter.offer(waiter.backlog);
}

const MOST_ORIGINS = 100_000;

interface Interval {
  ms: number;
  untilMs: number;
}

/** The least time between starts of requests that an origin's robots.txt asks for. */
export class OriginIntervals {
  readonly #mostOrigins: number;
  /** The one that was learnt first comes first. */
  readonly #intervals = new Map<string, Interval>();

  constructor(mostOrigins = MOST_ORIGINS) {
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
