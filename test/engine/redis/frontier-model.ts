import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { canonicalUrl, urlKey } from '../../../src/core/canonical-url.ts';
import type { Entry } from '../../../src/core/entry.ts';
import { UnknownRunError } from '../../../src/core/errors.ts';
import type { LoggedRows } from '../../../src/core/logged-rows.ts';
import type { RunId } from '../../../src/core/run-id.ts';
import type { RunOptions } from '../../../src/core/run-options.ts';
import type { VerdictClass } from '../../../src/core/verdict.ts';
import { packEntry } from '../../../src/engine/redis/entry-codec.ts';
import { Frontier, type OriginReport, type SettleMove } from '../../../src/engine/redis/frontier.ts';
import { keysFor } from '../../../src/engine/redis/keys.ts';
import { type SeededRandom, seededRandom } from '../../chaos/seeded-random.ts';
import { runOptions } from '../../contracts/crew.ts';
import { problemsOf, type RunBooks } from './frontier-invariants.ts';
import { type Flight, type FrontierState, readFrontier } from './frontier-state.ts';

const ORIGINS = ['a', 'b', 'c', 'd'].map((host) => `http://${host}.test`);
const SLOTS = 4;
const TICKETS = 2 * SLOTS;
const COLLECTOR = { id: 'collector', folder: 'folder' };
const CLASSES: readonly VerdictClass[] = ['ok', 'failed', 'skipped'];

interface ModelRun extends RunBooks {
  id: RunId;
  options: RunOptions;
  entries: Map<string, Entry>;
  pushed: Set<string>;
  logged: Set<string>;
  batches: Array<() => Promise<unknown>>;
  sealed: boolean;
  /** Has entries that wait for a minute: only a cancel ends it. */
  isSlow: boolean;
}

/** Moves the frontier at random, as any number of workers, producers and operators might, and looks at all of it after each move. */
export class FrontierModel {
  readonly #redis: Redis;
  readonly #base: string;
  readonly #frontier: Frontier;
  readonly #random: SeededRandom;
  readonly #runs = new Map<RunId, ModelRun>();
  /** Runs that are being removed, with more to do. */
  readonly #leaving = new Map<RunId, ModelRun>();
  /** Origin → the time before which no visit may take it. */
  readonly #notBeforeMs = new Map<string, number>();
  #state: FrontierState;
  #opened = 0;
  #jobs = 0;
  /** The last moves, for whoever reads a failure. */
  readonly trace: string[] = [];

  private constructor(redis: Redis, prefix: string, seed: number, state: FrontierState) {
    const keys = keysFor(prefix);
    this.#redis = redis;
    this.#base = keys.base;
    this.#frontier = new Frontier(redis, keys);
    this.#random = seededRandom(seed);
    this.#state = state;
  }

  static async create(redis: Redis, prefix: string, seed: number): Promise<FrontierModel> {
    return new FrontierModel(redis, prefix, seed, await readFrontier(redis, keysFor(prefix).base));
  }

  /** One move. */
  async step(): Promise<void> {
    if (this.#leaving.size > 0 && this.#chance(0.1)) return this.#moveOfLeaving(this.#random.pick([...this.#leaving.values()]));
    const run = this.#runs.size === 0 ? undefined : this.#random.pick([...this.#runs.values()]);
    if (run === undefined || (this.#runs.size < 3 && this.#chance(0.05))) return this.#open();
    const roll = this.#random.between(1, 100);
    if (roll <= 12) await this.#push(run);
    else if (roll <= 45) await this.#checkout(run);
    else if (roll <= 82) await this.#settle(run);
    else if (roll <= 85) await this.#strike(run);
    else if (roll <= 87) await this.#touch(run);
    else if (roll <= 91) await this.#steer(run);
    else if (roll <= 93) await this.#restore(run);
    else if (roll <= 95) await this.#release(run);
    else if (roll <= 96) await this.#seal(run);
    else if (roll <= 97) await this.#remove(run);
    else if (roll <= 98) await this.#frontier.wake(run.id, TICKETS);
    else await sleep(this.#random.between(1, 15));
    await this.#look();
  }

  #chance(probability: number): boolean {
    return this.#random.next() < probability;
  }

  #note(text: string): void {
    this.trace.push(text);
    if (this.trace.length > 40) this.trace.shift();
  }

  /** Reads everything; fails if anything is wrong, or if a run other than the mover's has something new that is ready, and nobody was told. */
  async #look(mover?: RunId, offered: readonly RunId[] = []): Promise<void> {
    const before = this.#state;
    this.#state = await readFrontier(this.#redis, this.#base);
    const problems = problemsOf(this.#state, this.#runs, this.#leaving);
    for (const [id, { ready }] of this.#state.runs) {
      const fresh = [...ready.keys()].filter((origin) => before.runs.get(id)?.ready.has(origin) === false);
      if (mover !== undefined && id !== mover && fresh.length > 0 && !offered.includes(id))
        problems.push(`${id} was offered ${fresh}, and is not told`);
    }
    assert.deepEqual(problems, []);
  }

  /** The move that is made changes nothing but the turn of the tickets. */
  async #changesNothing<T>(move: () => Promise<T>): Promise<T> {
    const before = comparable(this.#state);
    const result = await move();
    await this.#look();
    assert.deepEqual(comparable(this.#state), before);
    return result;
  }

  async #open(): Promise<void> {
    const id = `r${++this.#opened}`;
    const options = runOptions({ hostConcurrency: this.#random.between(1, 4), hostIntervalMs: this.#random.pick([0, 0, 10]) });
    this.#note(`open ${id} ${options.hostConcurrency} ${options.hostIntervalMs}`);
    await this.#frontier.open(id, options);
    this.#runs.set(id, {
      id,
      options,
      entries: new Map(),
      pushed: new Set(),
      invalid: 0,
      logged: new Set(),
      rows: [],
      lastRead: '0-0',
      batches: [],
      sealed: false,
      isSlow: this.#chance(0.3),
    });
    await this.#look();
  }

  async #push(run: ModelRun): Promise<void> {
    if (run.batches.length > 0 && this.#chance(0.2)) {
      this.#note(`push again ${run.id}`);
      await this.#changesNothing(this.#random.pick(run.batches));
      return;
    }
    if (run.sealed) return;
    const number = run.batches.length;
    const entries = Array.from({ length: this.#random.between(0, 12) }, () => this.#entry());
    const invalid = this.#chance(0.2) ? [`invalid ${number}`] : [];
    this.#note(`push ${run.id} ${entries.length}`);
    const push = () => this.#frontier.push(run.id, number, `digest ${number}`, entries, invalid);
    await push();
    run.batches.push(push);
    run.invalid += invalid.length;
    for (const entry of entries) {
      if (!run.pushed.has(entry.key)) run.entries.set(entry.key, entry);
      run.pushed.add(entry.key);
    }
  }

  #entry(): Entry {
    const url = `${this.#random.pick(ORIGINS)}/${this.#random.between(0, 400)}`;
    return {
      key: urlKey(canonicalUrl(new URL(url))),
      url,
      origin: new URL(url).origin,
      depth: 0,
      attempts: 0,
      deferrals: 0,
      acceptedAtMs: 0,
    };
  }

  async #checkout(run: ModelRun): Promise<void> {
    const ticket = this.#random.between(0, TICKETS - 1);
    const flight = this.#state.runs.get(run.id)?.flights.get(ticket);
    const [, job = '', starts = ''] = /^(.+):(\d+):/.exec(flight?.token ?? '') ?? [];
    const roll = this.#random.next();
    if (flight !== undefined && roll < 0.25) {
      this.#note(`checkout again ${run.id} ${ticket}`);
      const { entries, kind } = await this.#changesNothing(() => this.#take(run, ticket, flight.token));
      if (this.#leaving.has(run.id)) return assert.equal(kind, 'gone');
      assert.deepEqual(entries.map(({ key }) => key).sort(), [...flight.entries.keys()].sort());
    } else if (flight !== undefined && Number(starts) > 1 && roll < 0.4) {
      this.#note(`late checkout ${run.id} ${ticket}`);
      const { kind } = await this.#changesNothing(() => this.#take(run, ticket, `${job}:${Number(starts) - 1}:late`));
      assert.equal(kind, 'gone');
    } else {
      await this.#takeAnew(run, ticket, flight !== undefined && roll < 0.7 ? `${job}:${Number(starts) + 1}:w` : `${++this.#jobs}:1:w`);
    }
  }

  #take(run: ModelRun, ticket: number, token: string) {
    const [room, mostOrigins] = [this.#random.pick([1, 3, 50]), this.#random.pick([1, 2, 16])];
    const limits = { room, mostOrigins, tickets: TICKETS, budgetMs: 250, maxUnreleased: 200 };
    return this.#frontier.checkout(run.id, ticket, token, run.options, limits);
  }

  async #takeAnew(run: ModelRun, ticket: number, token: string): Promise<void> {
    const before = this.#state;
    const { kind, entries, nowMs, offered } = await this.#take(run, ticket, token);
    this.#note(`checkout ${run.id} ${ticket} ${token}: ${kind} ${entries.map(({ url }) => url)}`);
    await this.#look(run.id, offered);
    if (kind === 'suspect') assert.equal(entries.length, 1);
    if (kind === 'paused' || kind === 'full' || kind === 'gone') assert.equal(entries.length, 0);
    if (kind === 'cancelled' || entries.length === 0) return;
    const { hostConcurrency, hostIntervalMs } = run.options;
    if (hostIntervalMs > 0) assert.equal(entries.length, 1, 'with an interval it takes one');
    for (const origin of new Set(entries.map((entry) => entry.origin))) {
      const missed = Number(before.misses.get(origin)?.split(' ')[0] ?? 0) >= 2;
      const pace = before.pace.get(origin);
      const most = missed ? 1 : Math.min(hostConcurrency, Number(pace?.split(' ')[0] ?? hostConcurrency));
      assert.ok(Number(this.#state.busy.get(origin)) <= most, `${this.#state.busy.get(origin)} visits hold ${origin}, ${most} may`);
      if (missed || pace !== undefined) assert.equal(entries.filter((entry) => entry.origin === origin).length, 1);
      assert.ok(nowMs >= (this.#notBeforeMs.get(origin) ?? 0), `${origin} was taken too soon`);
      if (hostIntervalMs > 0) this.#hold(origin, nowMs + hostIntervalMs);
    }
  }

  #hold(origin: string, untilMs: number): void {
    this.#notBeforeMs.set(origin, Math.max(this.#notBeforeMs.get(origin) ?? 0, untilMs));
  }

  #flight(run: ModelRun): [ticket: number, Flight] | undefined {
    const flights = [...(this.#state.runs.get(run.id)?.flights ?? [])];
    return flights.length === 0 ? undefined : this.#random.pick(flights);
  }

  async #settle(run: ModelRun): Promise<void> {
    const [ticket, flight] = this.#flight(run) ?? [];
    if (ticket === undefined || flight === undefined) return;
    const all = this.#chance(0.6);
    const keys = [...flight.entries.keys()].filter(() => all || this.#chance(0.5));
    if (keys.length === 0) return;
    const moves = keys.map((key) => this.#ending(run, key));
    const reports = [...flight.origins.keys()].filter(() => this.#chance(0.7)).map((origin) => this.#report(origin));
    const settle = (token: string) => this.#frontier.settle(run.id, ticket, token, run.options.hostConcurrency, reports, moves);
    if (this.#chance(0.1)) {
      this.#note(`stale settle ${run.id} ${ticket}`);
      const { fenced } = await this.#changesNothing(() => settle(`${flight.token}-stale`));
      assert.equal(fenced, true);
      return;
    }
    this.#note(
      `settle ${run.id} ${ticket} ${flight.token} ${moves.map(({ key, kind }) => `${flight.entries.get(key)} ${kind}`)} ${JSON.stringify(reports)}`,
    );
    const { fenced, nowMs, offered } = await settle(flight.token);
    assert.equal(fenced, false);
    for (const { origin, holdMs } of reports) if (holdMs > 0) this.#hold(origin, nowMs + holdMs);
    await this.#look(run.id, offered);
    if (this.#chance(0.3)) {
      this.#note('the same settle again');
      await this.#changesNothing(() => settle(flight.token));
    }
  }

  #ending(run: ModelRun, key: string): SettleMove {
    const packed = packEntry(run.entries.get(key) as Entry);
    const roll = this.#random.next();
    if (roll < 0.2) return { key, kind: 'back', packed };
    if (roll < 0.4) return { key, kind: `retry:${run.isSlow && roll < 0.22 ? 60_000 : this.#random.between(0, 20)}`, packed };
    return { key, kind: this.#random.pick(CLASSES), line: key as SettleMove extends { line: infer Line } ? Line : never };
  }

  #report(origin: string): OriginReport {
    const misses = this.#random.pick([0, 0, 0, 0, 1, 2, 20]);
    const holdMs = misses === 0 ? this.#random.pick([0, 0, 0, 0, 5, 20]) : 0;
    return { origin, holdMs, latencyMs: this.#random.pick([0, 20, 200]), misses, answered: this.#chance(0.8) };
  }

  async #strike(run: ModelRun): Promise<void> {
    const [ticket, flight] = this.#flight(run) ?? [];
    if (ticket === undefined || flight === undefined) return;
    const key = this.#random.pick([...flight.entries.keys()]);
    const strike = (token: string) => this.#frontier.strike(run.id, ticket, token, key, 0);
    this.#note(`strike ${run.id} ${ticket}`);
    assert.equal(await this.#changesNothing(() => strike(`${flight.token}-stale`)), 'fenced');
    const answer = await strike(flight.token);
    await this.#look();
    assert.equal(await this.#changesNothing(() => strike(flight.token)), answer);
  }

  async #touch(run: ModelRun): Promise<void> {
    const { hostIntervalMs } = run.options;
    const [ticket, flight] = this.#flight(run) ?? [];
    if (ticket === undefined || flight === undefined || hostIntervalMs === 0) return;
    const origin = this.#random.pick([...flight.origins.keys()]);
    const { nowMs } = await this.#frontier.touch(run.id, ticket, flight.token, origin, hostIntervalMs);
    this.#hold(origin, nowMs + hostIntervalMs);
  }

  async #steer(run: ModelRun): Promise<void> {
    const to = this.#random.pick(['pause', 'resume', 'resume', 'pause', 'resume', 'resume', 'cancel'] as const);
    this.#note(`${to} ${run.id}`);
    await this.#frontier.steer(run.id, to);
    if (to === 'cancel') run.sealed = true;
  }

  async #restore(run: ModelRun): Promise<void> {
    const unsettled = [...run.pushed].filter((key) => !run.rows.includes(key) && !run.logged.has(key) && this.#chance(0.1));
    const rows = unsettled.map((key) => [key, this.#random.pick(CLASSES)] as const);
    this.#note(`restore ${run.id} ${rows.length}`);
    await this.#frontier.restore(run.id, { rows: () => rows } as unknown as LoggedRows);
    for (const key of unsettled) run.logged.add(key);
  }

  async #release(run: ModelRun): Promise<void> {
    await this.#frontier.claim(run.id, COLLECTOR, 'fresh');
    const last = this.#state.runs.get(run.id)?.outcomes.at(-1);
    this.#note(`release ${run.id} ${last?.id}`);
    if (last !== undefined) await this.#frontier.release(run.id, last.id, COLLECTOR);
    if (last !== undefined) await this.#frontier.release(run.id, last.id, COLLECTOR);
  }

  async #seal(run: ModelRun): Promise<void> {
    if (run.batches.length < 3) return;
    this.#note(`seal ${run.id}`);
    await this.#frontier.seal(run.id, run.batches.length);
    run.sealed = true;
  }

  async #remove(run: ModelRun): Promise<void> {
    this.#note(`remove ${run.id}`);
    this.#runs.delete(run.id);
    if (this.#chance(0.5)) {
      const offered = await this.#frontier.remove(run.id);
      return this.#look(run.id, offered);
    }
    await this.#frontier.forgetSeen(run.id);
    this.#leaving.set(run.id, run);
    await this.#removeStep(run);
  }

  /** A step of one ticket and one origin, as one of a thousand is in a removal of many. */
  async #removeStep(run: ModelRun): Promise<void> {
    const remove = (this.#redis as unknown as { trawlRemove(...args: unknown[]): Promise<[number, RunId[]]> }).trawlRemove;
    const [more, offered] = await remove.call(this.#redis, this.#base, run.id, 1, 60_000);
    this.#note(`remove a part of ${run.id}: ${more}`);
    if (more === 0) this.#leaving.delete(run.id);
    await this.#look(run.id, offered);
  }

  /** Not all of its visits are fenced off, and not everybody knows yet. */
  async #moveOfLeaving(run: ModelRun): Promise<void> {
    try {
      const roll = this.#random.between(1, 10);
      if (roll <= 3) await this.#removeStep(run);
      else if (roll <= 5) await this.#frontier.push(run.id, 99, 'digest', [this.#entry()], []);
      else if (roll <= 7) await this.#checkout(run);
      else if (roll <= 8) await this.#settle(run);
      else if (roll <= 9) await this.#touch(run);
      else await this.#frontier.wake(run.id, TICKETS);
    } catch (error) {
      if (!(error instanceof UnknownRunError)) throw error;
    }
    await this.#look();
  }

  /** Every run goes to its end by what the janitor finds, and nothing else; then little is left. */
  async finish(): Promise<void> {
    while (this.#leaving.size > 0) for (const run of this.#leaving.values()) await this.#removeStep(run);
    for (const run of this.#runs.values()) {
      await this.#frontier.steer(run.id, run.isSlow || this.#chance(0.2) ? 'cancel' : 'resume');
      await this.#frontier.seal(run.id);
    }
    this.#note('finish');
    const deadlineMs = performance.now() + 10_000;
    for (let open = this.#runs.size; open > 0; ) {
      assert.ok(
        performance.now() < deadlineMs,
        `a run does not end: ${JSON.stringify([...this.#state.runs], (_, value) => (value instanceof Map ? [...value] : value instanceof Set ? [...value] : value))}`,
      );
      await this.#redis.del(`${this.#base}janitor`);
      const { runs } = await this.#frontier.survey('model', SLOTS, 5_000);
      open = runs.length;
      const wakes = runs.flatMap(({ run, wake, held }) =>
        [...new Set([...wake, ...held])].map((ticket) => [this.#runs.get(run) as ModelRun, ticket] as const),
      );
      for (const [run, ticket] of wakes) await this.#visit(run, ticket);
      if (wakes.length === 0) await sleep(2);
    }
    await this.#look();
    for (const [id, { names }] of this.#state.runs) {
      const left = names.filter(
        (name) => !/^(meta|counts|batches|promised|outcomes|lease|buckets|restoredBuckets|(seen|restored):.*)$/.test(name),
      );
      assert.deepEqual(left, [], `${id} has ended`);
    }
    for (const run of [...this.#runs.values()]) await this.#frontier.remove(run.id);
    this.#runs.clear();
    await this.#look();
  }

  async #visit(run: ModelRun, ticket: number): Promise<void> {
    await this.#takeAnew(run, ticket, `${++this.#jobs}:1:w`);
    const flight = this.#state.runs.get(run.id)?.flights.get(ticket);
    if (flight !== undefined) {
      const moves = [...flight.entries.keys()].map(
        (key): SettleMove => ({ key, kind: 'ok', line: key as SettleMove extends { line: infer Line } ? Line : never }),
      );
      const { offered } = await this.#frontier.settle(run.id, ticket, flight.token, run.options.hostConcurrency, [], moves);
      await this.#look(run.id, offered);
    }
    await this.#release(run);
  }
}

/** The state without what time alone changes. */
function comparable(state: FrontierState): unknown {
  const runs = [...state.runs].map(([run, { counts, ...rest }]) => [
    run,
    { ...rest, counts: new Map([...counts].filter(([name]) => name !== 'turn')) },
  ]);
  return { ...state, runs, others: state.others.filter((name) => !name.startsWith('hold:')).sort() };
}
