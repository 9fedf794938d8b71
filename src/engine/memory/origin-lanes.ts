import { MOST_REMEMBERED } from '../../core/unreachable-origin.ts';
import type { Backlog } from './backlog.ts';

/** Who waits for a lane: a backlog and the run that offers it again. */
export interface LaneWaiter {
  backlog: Backlog;
  offer(backlog: Backlog): void;
}

interface OriginState {
  busy: number;
  notBeforeMs: number;
  /** Fetches in a row without an answer. */
  misses: number;
  waiters: LaneWaiter[];
}

/**
 * Politeness, for each origin across all runs: how many visits hold it now, and the time before which none may start.
 * An origin that nobody holds and whose time has come takes no memory.
 */
export class OriginLanes {
  readonly #origins = new Map<string, OriginState>();

  busy(origin: string): number {
    return this.#origins.get(origin)?.busy ?? 0;
  }

  /** Fetches in a row without an answer. */
  misses(origin: string): number {
    return this.#origins.get(origin)?.misses ?? 0;
  }

  /** A fetch ended. Only for an origin that somebody holds. */
  fetched(origin: string, answered: boolean): void {
    const state = this.#state(origin);
    state.misses = answered ? 0 : state.misses + 1;
  }

  notBeforeMs(origin: string): number {
    return this.#origins.get(origin)?.notBeforeMs ?? 0;
  }

  enter(origin: string): void {
    this.#state(origin).busy++;
  }

  /** Frees a lane and offers the backlogs that waited for one. */
  leave(origin: string, nowMs: number): void {
    const state = this.#state(origin);
    state.busy--;
    const waiters = state.waiters;
    state.waiters = [];
    const isForgotten = state.misses === 0 || this.#origins.size > MOST_REMEMBERED;
    if (state.busy === 0 && state.notBeforeMs <= nowMs && isForgotten) this.#origins.delete(origin);
    for (const waiter of waiters) waiter.offer(waiter.backlog);
  }

  /** Offers the backlog when a lane is freed. Only for an origin that somebody holds. */
  waitForLane(origin: string, waiter: LaneWaiter): void {
    this.#state(origin).waiters.push(waiter);
  }

  /** No request to the origin starts before `untilMs`. */
  hold(origin: string, untilMs: number): void {
    const state = this.#state(origin);
    state.notBeforeMs = Math.max(state.notBeforeMs, untilMs);
  }

  #state(origin: string): OriginState {
    let state = this.#origins.get(origin);
    if (state === undefined) {
      state = { busy: 0, notBeforeMs: 0, misses: 0, waiters: [] };
      this.#origins.set(origin, state);
    }
    return state;
  }
}
