import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Redis } from 'ioredis';
import { Frontier } from '../../../../src/engine/redis/frontier/frontier.ts';
import type { Settled } from '../../../../src/engine/redis/frontier/scripts/settle.ts';
import { keysFor } from '../../../../src/engine/redis/keys.ts';
import { SharedRobots } from '../../../../src/engine/redis/visits/shared-robots.ts';
import type { RunId } from '../../../../src/model/run-id.ts';
import type { RunOptions } from '../../../../src/model/run-options.ts';
import { type SeededRandom, seededRandom } from '../../../chaos/seeded-random.ts';
import { placesOf, problemsOf, type RunBooks } from './invariants.ts';
import type { LinkOracle } from './link-oracle.ts';
import { type Flight, type FrontierState, readFrontier } from './state.ts';

/** URLs on four origins. */
export function urlOf(number: number): string {
  return `http://${'abcd'[number % 4]}.test/${number}`;
}

export const SLOTS = 4;
export const TICKETS = 2 * SLOTS;
const TRACE = 40;

export interface ModelRun extends RunBooks {
  id: RunId;
  options: RunOptions;
  links: LinkOracle;
  logged: Set<string>;
  /** Logged entries whose page had links, and that were not found yet. */
  leading: Set<string>;
  /** Pages that reported part of their links: under which token, and their depth at that time. */
  parts: Map<string, { token: string; depth: number }>;
  /** Each sends its batch, sometimes more than once. */
  batches: Array<() => Promise<unknown>>;
  sealed: boolean;
  /** Has entries that wait for a minute, so only a cancel ends it. */
  isSlow: boolean;
}

/** One job of a ticket. */
export interface Visit {
  run: RunId;
  ticket: number;
  token: string;
}

/** A frontier on Redis, and what is known about it from outside. */
export class FrontierModel {
  readonly redis: Redis;
  readonly base: string;
  readonly frontier: Frontier;
  readonly robots: SharedRobots;
  readonly random: SeededRandom;
  readonly runs = new Map<RunId, ModelRun>();
  /** Runs that are being removed, with steps left to do. */
  readonly leaving = new Map<RunId, ModelRun>();
  /** Origin → the time before which no visit may take it. */
  readonly notBeforeMs = new Map<string, number>();
  /** Visit → the time until which its checkout holds the origin of its first entry, because of an interval. */
  readonly turns = new Map<string, { origin: string; untilMs: number }>();
  /** Origin → the visit that has its turn and has neither sent its request nor passed the turn on. Late checkouts give two visits the same token, so the token alone does not identify a visit. */
  readonly unsent = new Map<string, Visit>();
  /** Origin → the interval that its robots.txt sets. */
  readonly intervalsMs = new Map<string, number>();
  /** The frontier at the last check. */
  state: FrontierState;
  /** Runs that were opened, and visit jobs that were created. */
  opened = 0;
  jobs = 0;
  /** Tokens of visits that started, and settles that were sent. Some of them arrive again later. */
  readonly tokens: string[] = [];
  readonly settles: Array<() => Promise<Settled>> = [];
  /** The last moves, for the failure message. */
  readonly trace: string[] = [];

  private constructor(redis: Redis, prefix: string, seed: number, state: FrontierState) {
    const keys = keysFor(prefix);
    this.redis = redis;
    this.base = keys.base;
    this.frontier = new Frontier(redis, keys);
    this.robots = new SharedRobots(redis, keys);
    this.random = seededRandom(seed);
    this.state = state;
  }

  static async create(redis: Redis, prefix: string, seed: number): Promise<FrontierModel> {
    return new FrontierModel(redis, prefix, seed, await readFrontier(redis, keysFor(prefix).base));
  }

  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  note(text: string): void {
    this.trace.push(text);
    if (this.trace.length > TRACE) this.trace.shift();
  }

  hold(origin: string, untilMs: number): void {
    this.notBeforeMs.set(origin, Math.max(this.notBeforeMs.get(origin) ?? 0, untilMs));
  }

  /** The visit sent its request or passed its turn on. */
  endTurn(origin: string, visit: Visit): void {
    if (isDeepStrictEqual(this.unsent.get(origin), visit)) this.unsent.delete(origin);
  }

  /** The visit that has the origin's turn and still holds one of its entries. */
  turnOf(origin: string): Visit | undefined {
    const visit = this.unsent.get(origin);
    if (visit === undefined) return undefined;
    const flight = this.state.runs.get(visit.run)?.flights.get(visit.ticket);
    return flight?.token === visit.token && flight.origins.has(origin) ? visit : undefined;
  }

  /** Minimum time between two starts on the origin by visits of the run. */
  intervalMs({ options }: ModelRun, origin: string): number {
    return Math.max(options.hostIntervalMs, options.robots ? (this.intervalsMs.get(origin) ?? 0) : 0);
  }

  /** One of the visits that hold entries of the run. */
  flight(run: ModelRun): [ticket: number, Flight] | undefined {
    const flights = [...(this.state.runs.get(run.id)?.flights ?? [])];
    return flights.length === 0 ? undefined : this.random.pick(flights);
  }

  /** Reads the whole state. Fails if anything is wrong, or if a run other than the mover's has newly ready work that was not announced. */
  async look(mover?: RunId, offered: readonly RunId[] = []): Promise<void> {
    const before = this.state;
    this.state = await readFrontier(this.redis, this.base);
    for (const run of this.runs.values()) this.#followLeading(run);
    const problems = problemsOf(this.state, this.runs, this.leaving);
    for (const [id, { ready }] of this.state.runs) {
      const fresh = [...ready.keys()].filter((origin) => before.runs.get(id)?.ready.has(origin) === false);
      if (mover !== undefined && id !== mover && fresh.length > 0 && !offered.includes(id)) {
        problems.push(`${id} was offered ${fresh}, and is not told`);
      }
    }
    assert.deepEqual(problems, []);
  }

  /** A logged URL with links must be revisited from where it was found, unless the run is cancelled. */
  #followLeading({ id, links, leading, rows }: ModelRun): void {
    const state = this.state.runs.get(id);
    if (state === undefined || leading.size === 0) return;
    const places = new Set(placesOf(state));
    for (const row of state.outcomes.flatMap(({ lines }) => lines)) places.add(row);
    for (const key of leading) {
      if (places.has(key) || rows.includes(key)) continue;
      leading.delete(key);
      if (state.meta.get('state') !== 'cancelled') links.dropped(key);
    }
  }

  /** The move must change nothing except what time changes and the turn of the tickets. */
  async changesNothing<T>(move: () => Promise<T>): Promise<T> {
    const before = lasting(this.state);
    const result = await move();
    await this.look();
    assert.deepEqual(lasting(this.state), before);
    return result;
  }
}

/** The state without what time alone changes, and without the turn, which can be the only field of the counts. */
function lasting(state: FrontierState): unknown {
  const expires = (name: string) => name === 'lease' || name.startsWith('hold:') || name.startsWith('turn:') || name.startsWith('removed:');
  const runs = [...state.runs].map(([run, { counts, names, ...rest }]) => {
    const kept = new Map([...counts].filter(([name]) => name !== 'turn'));
    return [run, { ...rest, counts: kept, names: names.filter((name) => name !== 'counts' && !expires(name)) }];
  });
  return { ...state, runs, others: state.others.filter((name) => !expires(name)) };
}
