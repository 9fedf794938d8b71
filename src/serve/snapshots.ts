import type { Engine } from '../engine/engine.ts';
import type { Backlog, EngineFacts, ThrottledOrigin } from '../engine/facts.ts';
import type { RunCounts } from '../engine/run-counts.ts';
import { type RunState, runState } from '../engine/run-counts.ts';
import { UnknownRunError } from '../model/errors.ts';
import type { RunId } from '../model/run-id.ts';
import { within } from '../util/async.ts';
import type { Clock } from '../util/clock.ts';
import { ratePerSecond, type Sample, withSample } from '../util/rate.ts';

/** A snapshot is reused for this long, however many viewers ask for one. */
const FRESH_MS = 900;
/** Redis has this long to answer before it counts as unreachable. */
const PATIENCE_MS = 3_000;
/** Known runs that are read again for one snapshot: first the newest, then others in turn. The rest keep the figures of an earlier snapshot. */
const MAX_READ = 200;
/** Unknown runs that are read before a snapshot is returned. The rest are read in the background. */
const MAX_NEW = 200;
/** The number of newest runs whose ids are read for every snapshot. */
export const NEWEST = 100;
/** If there are more runs than that, the list of all ids is read at most this often. */
const LIST_MS = 5_000;
const READ_AT_ONCE = 50;
/** `complete` waits at most this long for the figures of all runs. */
const COMPLETE_MS = 8_000;
/** Runs whose `leastMs` is read for one snapshot. Each of these reads looks at a thousand origins in Redis. */
const MAX_BOUNDS = 10;

/** The progress of a run. */
export interface RunStanding {
  run: RunId;
  state: RunState;
  counts: RunCounts;
  backlog: Backlog;
  /** Settled URLs per second, over the last seconds. */
  rate?: number;
  /** The least time that the waiting URLs will take, because of politeness. */
  leastMs: number;
  /** True if links are followed, so that pages can add URLs. */
  grows: boolean;
  /** The collector that holds the run's claim. */
  collector?: string;
}

/** Counts over all runs that this process has seen. They never decrease, even if a run is removed. */
export interface Totals {
  ok: number;
  failed: number;
  skipped: number;
  retries: number;
}

/** The deployment at one moment. While Redis is unreachable, the figures are the last known ones. */
export interface Snapshot {
  atMs: number;
  /** Since when Redis has been unreachable, and why. Absent while it is reachable. */
  away?: { sinceMs: number; reason: string };
  /** How long Redis took for one command. */
  latencyMs: number;
  /** The number of runs that Redis knows. */
  total: number;
  /** Newest first. Shortly after the start, some are missing if there are many. */
  runs: readonly RunStanding[];
  throttled: readonly ThrottledOrigin[];
  facts: EngineFacts;
  totals: Totals;
}

interface Seen {
  standing: RunStanding;
  samples: Sample[];
  /** The run cannot change any more. */
  isFinal: boolean;
}

const NO_BACKLOG: Backlog = { readyOrigins: 0, queuedBatches: 0 };
const NOTHING: Snapshot = {
  atMs: 0,
  latencyMs: 0,
  total: 0,
  runs: [],
  throttled: [],
  facts: { workers: [], collectors: [] },
  totals: { ok: 0, failed: 0, skipped: 0, retries: 0 },
};

/**
 * Reads the state of the deployment from Redis for all viewers together: only on request, and at most about once a second. The cost of one read does not grow with the
 * number of runs, except for the list of ids, which is read at most every five seconds.
 */
export class Snapshots {
  readonly #engine: () => Engine | undefined;
  readonly #clock: Clock;
  readonly #seen = new Map<RunId, Seen>();
  #removed: Totals = { ok: 0, failed: 0, skipped: 0, retries: 0 };
  #latest: Snapshot = NOTHING;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #turn = 0;
  /** The ids of all runs, newest first, as far as they are known. */
  #ids: readonly RunId[] = [];
  #listedMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  /** `engine` returns undefined until Redis has been reached for the first time. */
  constructor(engine: () => Engine | undefined, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  /** A snapshot that is at most a second old. Never rejects. */
  async latest(): Promise<Snapshot> {
    if (this.#clock.monotonicMs() - this.#lookedMs < FRESH_MS) return this.#latest;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
      this.#lookedMs = this.#clock.monotonicMs();
    });
    if (!(await within(this.#latest.away === undefined ? PATIENCE_MS : FRESH_MS, this.#looking))) this.#miss('not responding');
    return this.#latest;
  }

  /** Like `latest`, but waits until every run has been read. With thousands of runs, that takes some seconds after the start. Without it, totals would jump while runs are still being read. */
  async complete(): Promise<Snapshot> {
    await this.latest();
    const reading = this.#reading;
    if (reading === undefined) return this.#latest;
    await within(COMPLETE_MS, reading);
    this.#lookedMs = Number.NEGATIVE_INFINITY;
    return this.latest();
  }

  async #look(): Promise<void> {
    try {
      const engine = this.#engine();
      if (engine === undefined) return this.#miss('no connection yet');
      const startMs = this.#clock.monotonicMs();
      const { total, newest } = await engine.newestRuns(NEWEST);
      const latencyMs = this.#clock.monotonicMs() - startMs;
      const [facts, throttled] = await Promise.all([engine.facts(), engine.throttled(), this.#list(engine, total, newest)]);
      await this.#readKnown(engine);
      await this.#readNew(engine);
      this.#readRest(engine);
      const runs = this.#ids.flatMap((id) => this.#seen.get(id)?.standing ?? []);
      this.#latest = { atMs: this.#clock.wallMs(), latencyMs, total, runs, throttled, facts, totals: this.#totals(runs) };
    } catch (error) {
      this.#miss(error instanceof Error ? error.message : String(error));
    }
  }

  #miss(reason: string): void {
    const nowMs = this.#clock.wallMs();
    this.#latest = { ...this.#latest, atMs: nowMs, away: { sinceMs: this.#latest.away?.sinceMs ?? nowMs, reason } };
  }

  /** Updates the list of ids. A removed run can stay in a long list for some seconds. */
  async #list(engine: Engine, total: number, newest: readonly RunId[]): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const isSame = total === this.#ids.length && newest.every((id, at) => this.#ids[at] === id);
    if (isSame) return;
    if (total <= newest.length) this.#ids = newest;
    else if (nowMs - this.#listedMs >= LIST_MS) {
      this.#ids = (await engine.runs()).reverse();
      this.#listedMs = nowMs;
    } else {
      const known = new Set(newest);
      this.#ids = [...newest, ...this.#ids.filter((id) => !known.has(id))];
    }
    this.#forgetAllBut(new Set(this.#ids));
  }

  /** Reads the runs that can still change: the newest, and the others in turn. */
  async #readKnown(engine: Engine): Promise<void> {
    const newest = this.#changing(this.#ids.slice(0, NEWEST));
    const others = this.#changing(this.#ids.slice(NEWEST));
    const room = MAX_READ - newest.length;
    const from = others.length <= room ? 0 : this.#turn % others.length;
    this.#turn = from + room;
    await this.#read(engine, [...newest, ...[...others.slice(from), ...others.slice(0, from)].slice(0, room)]);
  }

  #changing(ids: readonly RunId[]): RunId[] {
    return ids.filter((id) => this.#seen.get(id)?.isFinal === false);
  }

  async #readNew(engine: Engine): Promise<void> {
    const unknown: RunId[] = [];
    for (const id of this.#ids) {
      if (this.#seen.has(id)) continue;
      unknown.push(id);
      if (unknown.length === MAX_NEW) break;
    }
    await this.#read(engine, unknown);
  }

  /** Reads the runs that are still unknown, in the background. After a failure it stops; the next snapshot starts it again. */
  #readRest(engine: Engine): void {
    const isMissing = () => this.#ids.some((id) => !this.#seen.has(id));
    if (this.#reading !== undefined || !isMissing()) return;
    const readOn = async () => {
      while (isMissing()) await this.#readNew(engine);
    };
    this.#reading = readOn()
      .catch(() => {})
      .finally(() => {
        this.#reading = undefined;
      });
  }

  async #read(engine: Engine, ids: readonly RunId[]): Promise<void> {
    let bounds = MAX_BOUNDS;
    for (let next = 0; next < ids.length; next += READ_AT_ONCE) {
      const chunk = ids.slice(next, next + READ_AT_ONCE);
      const holders = await engine.collectors(chunk);
      await Promise.all(chunk.map((id, at) => this.#readRun(engine, id, holders[at], () => bounds-- > 0)));
    }
  }

  async #readRun(engine: Engine, run: RunId, collector: string | undefined, mayAskForBound: () => boolean): Promise<void> {
    try {
      const counts = await engine.counts(run);
      const before = this.#seen.get(run);
      const state = runState(counts);
      const isActive = !counts.ended;
      const isFetched = state === 'open' || state === 'running';
      const grows = before?.standing.grows ?? (isActive && (await engine.options(run)).depth > 0);
      const samples = isActive ? withSample(before?.samples ?? [], { atMs: this.#clock.monotonicMs(), done: counts.settled }) : [];
      const rate = ratePerSecond(samples);
      const standing: RunStanding = {
        run,
        state,
        counts,
        backlog: isFetched ? await engine.backlog(run) : NO_BACKLOG,
        ...(rate !== undefined && { rate }),
        ...(collector !== undefined && { collector }),
        leastMs: isFetched && mayAskForBound() ? await engine.leastMs(run) : (before?.standing.leastMs ?? 0),
        grows,
      };
      this.#seen.set(run, { standing, samples, isFinal: counts.ended && counts.unreleased === 0 });
    } catch (error) {
      // The run was removed after it was listed.
      if (!(error instanceof UnknownRunError)) throw error;
      this.#ids = this.#ids.filter((id) => id !== run);
      this.#forget(run);
    }
  }

  #forgetAllBut(present: ReadonlySet<RunId>): void {
    for (const run of this.#seen.keys()) if (!present.has(run)) this.#forget(run);
  }

  #forget(run: RunId): void {
    const seen = this.#seen.get(run);
    if (seen === undefined) return;
    this.#removed = sum(this.#removed, seen.standing.counts);
    this.#seen.delete(run);
  }

  #totals(runs: readonly RunStanding[]): Totals {
    return runs.reduce((totals, { counts }) => sum(totals, counts), this.#removed);
  }
}

function sum(totals: Totals, { ok, failed, skipped, retries }: RunCounts): Totals {
  return {
    ok: totals.ok + ok,
    failed: totals.failed + failed,
    skipped: totals.skipped + skipped,
    retries: totals.retries + retries,
  };
}
