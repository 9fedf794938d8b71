import type { Ending } from '../engine/ending.ts';
import type { KnownRobots, RobotsAnswer, Visit } from '../engine/visit.ts';
import type { Entry } from '../model/entry.ts';
import type { RunId } from '../model/run-id.ts';
import type { RunOptions } from '../model/run-options.ts';
import type { Trial } from '../model/unreachable-origin.ts';
import type { Capacity } from '../worker/capacity.ts';
import type { Visitor } from '../worker/work.ts';
import { fetchVisit } from './fetch-visit.ts';

export interface VisitsHereHome {
  visitor: Pick<Visitor, 'visit' | 'accepts'> & { capacity: Pick<Capacity, 'visits'> };
  /** Maximum number of visits at a time. */
  most: number;
  /** Called when a visit has ended. */
  onEnd(): void;
  /** Called when an origin has asked for a pause. */
  onHold(origin: string): void;
}

/** Visits that this process fetches itself, beside those that it lends. */
export class VisitsHere {
  readonly #home: VisitsHereHome;
  #running = 0;
  #isClosed = false;

  constructor(home: VisitsHereHome) {
    this.#home = home;
  }

  /** How many visits it has room for. */
  get room(): number {
    const { visitor, most } = this.#home;
    return Math.min(most, visitor.capacity.visits);
  }

  /** How many more visits may begin now. */
  get free(): number {
    return this.room - this.#running;
  }

  /** Resolves when the visit is over. */
  async visit(visit: Visit): Promise<void> {
    this.#running++;
    try {
      await fetchVisit(this.#home.visitor, new VisitHere(visit, this.#home.onHold, () => this.#isClosed));
    } finally {
      this.#running--;
      this.#home.onEnd();
    }
  }

  /** From now on, its visits take no further entries. */
  close(): void {
    this.#isClosed = true;
  }
}

/** A visit of the engine. It reports pauses of origins, and takes no further entries once `isClosed` says so. */
class VisitHere implements Visit {
  readonly run: RunId;
  readonly options: RunOptions;
  readonly signal: AbortSignal;
  readonly #visit: Visit;
  readonly #onHold: (origin: string) => void;
  readonly #isClosed: () => boolean;

  constructor(visit: Visit, onHold: (origin: string) => void, isClosed: () => boolean) {
    this.run = visit.run;
    this.options = visit.options;
    this.signal = visit.signal;
    this.#visit = visit;
    this.#onHold = onHold;
    this.#isClosed = isClosed;
  }

  nowMs(): number {
    return this.#visit.nowMs();
  }

  next(): Entry | undefined | Promise<Entry | undefined> {
    return this.#isClosed() ? undefined : this.#visit.next();
  }

  trial(entry: Entry): Trial {
    return this.#visit.trial(entry);
  }

  isHeld(origin: string): boolean {
    return this.#visit.isHeld(origin);
  }

  started(entry: Entry, intervalMs: number): void {
    this.#visit.started(entry, intervalMs);
  }

  robots(origin: string, stale?: string): Promise<RobotsAnswer> {
    return this.#visit.robots(origin, stale);
  }

  keepRobots(origin: string, robots: KnownRobots): Promise<void> {
    if (robots.intervalMs > 0) this.#onHold(origin);
    return this.#visit.keepRobots(origin, robots);
  }

  settle(entry: Entry, ending: Ending): void {
    this.#visit.settle(entry, ending);
    if ('origin' in ending && ending.origin !== undefined) this.#onHold(entry.origin);
  }
}
