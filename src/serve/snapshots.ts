import type { Backlog, Engine, EngineFacts, RunCounts, ThrottledOrigin } from '../engine/engine.ts';
import { type RunState, runState } from '../engine/run-state.ts';
import { UnknownRunError } from '../model/errors.ts';
import type { RunId } from '../model/run-id.ts';
import { within } from '../util/async.ts';
import type { Clock } from '../util/clock.ts';
import { ratePerSecond, type Sample, withSample } from '../util/rate.ts';

/** Viewers get no more than one snapshot in this time, however many they are. */
const FRESH_MS = 900;
/** Redis has this long to answer before it counts as away. */
const PATIENCE_MS = 3_000;
/** Runs that are read in one snapshot, besides those that are new. The others have the figures of an earlier one. */
const MOST_READ = 200;
const READ_AT_ONCE = 50;
/** Runs whose time limit by politeness is asked for: each is a look at a thousand origins. */
const MOST_BOUNDS = 10;

/** Where a run stands. */
export interface RunStanding {
  run: RunId;
  state: RunState;
  counts: RunCounts;
  backlog: Backlog;
  /** Settled URLs per second in the last seconds. */
  rate?: number;
  /** Politeness allows no less for what waits, in milliseconds. */
  leastMs: number;
  /** Pages can bring further URLs. */
  grows: boolean;
}

/** URLs and retries of all runs since this process first saw them. They only grow, also when a run is removed. */
export interface Totals {
  ok: number;
  failed: number;
  skipped: number;
  retries: number;
}

/** The deployment at one moment. While Redis is away, the figures are those of before. */
export interface Snapshot {
  atMs: number;
  /** Since when Redis does not answer, and why; absent while it does. */
  away?: { sinceMs: number; reason: string };
  /** How long Redis took for one command. */
  latencyMs: number;
  /** Newest first. */
  runs: readonly RunStanding[];
  throttled: readonly ThrottledOrigin[];
  facts: EngineFacts;
  totals: Totals;
}

interface Seen {
  standing: RunStanding;
  samples: Sample[];
  /** Nothing of it changes any more. */
  isFinal: boolean;
}

const NO_BACKLOG: Backlog = { readyOrigins: 0, queuedBatches: 0 };
const NOTHING: Snapshot = {
  atMs: 0,
  latencyMs: 0,
  runs: [],
  throttled: [],
  facts: { workers: [], collectors: [] },
  totals: { ok: 0, failed: 0, skipped: 0, retries: 0 },
};

/** The one reader for all viewers: it looks at Redis when somebody asks, at most about once a second. */
export class Snapshots {
  readonly #engine: () => Engine | undefined;
  readonly #clock: Clock;
  readonly #seen = new Map<RunId, Seen>();
  #removed: Totals = { ok: 0, failed: 0, skipped: 0, retries: 0 };
  #latest: Snapshot = NOTHING;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #turn = 0;

  /** `engine` gives undefined until Redis was reached for the first time. */
  constructor(engine: () => Engine | undefined, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  /** The present snapshot, at most a second old. Never rejects. */
  async latest(): Promise<Snapshot> {
    if (this.#clock.monotonicMs() - this.#lookedMs < FRESH_MS) return this.#latest;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
      this.#lookedMs = this.#clock.monotonicMs();
    });
    if (!(await within(this.#latest.away === undefined ? PATIENCE_MS : FRESH_MS, this.#looking))) this.#miss('it does not answer');
    return this.#latest;
  }

  async #look(): Promise<void> {
    try {
      const engine = this.#engine();
      if (engine === undefined) return this.#miss('it was not reached yet');
      const startMs = this.#clock.monotonicMs();
      const ids = (await engine.runs()).reverse();
      const latencyMs = this.#clock.monotonicMs() - startMs;
      const [facts, throttled] = await Promise.all([engine.facts(), engine.throttled()]);
      this.#forgetAllBut(new Set(ids));
      await this.#read(engine, ids);
      const runs = ids.flatMap((id) => this.#seen.get(id)?.standing ?? []);
      this.#latest = { atMs: this.#clock.wallMs(), latencyMs, runs, throttled, facts, totals: this.#totals(runs) };
    } catch (error) {
      this.#miss(error instanceof Error ? error.message : String(error));
    }
  }

  #miss(reason: string): void {
    const nowMs = this.#clock.wallMs();
    this.#latest = { ...this.#latest, atMs: nowMs, away: { sinceMs: this.#latest.away?.sinceMs ?? nowMs, reason } };
  }

  /** Reads the runs that are new, and of those that can change as many as one snapshot may, in turn. */
  async #read(engine: Engine, ids: readonly RunId[]): Promise<void> {
    const changing = ids.filter((id) => this.#seen.get(id)?.isFinal === false);
    const from = changing.length <= MOST_READ ? 0 : this.#turn % changing.length;
    this.#turn = from + MOST_READ;
    const chosen = [...changing.slice(from), ...changing.slice(0, from)].slice(0, MOST_READ);
    const wanted = [...ids.filter((id) => !this.#seen.has(id)), ...chosen];
    let bounds = MOST_BOUNDS;
    for (let next = 0; next < wanted.length; next += READ_AT_ONCE) {
      await Promise.all(wanted.slice(next, next + READ_AT_ONCE).map((id) => this.#readRun(engine, id, () => bounds-- > 0)));
    }
  }

  async #readRun(engine: Engine, run: RunId, mayAskForBound: () => boolean): Promise<void> {
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
        leastMs: isFetched && mayAskForBound() ? await engine.leastMs(run) : (before?.standing.leastMs ?? 0),
        grows,
      };
      this.#seen.set(run, { standing, samples, isFinal: counts.ended && counts.unreleased === 0 });
    } catch (error) {
      // It was removed after the runs were listed.
      if (!(error instanceof UnknownRunError)) throw error;
    }
  }

  #forgetAllBut(present: ReadonlySet<RunId>): void {
    for (const [run, { standing }] of this.#seen) {
      if (present.has(run)) continue;
      this.#removed = sum(this.#removed, standing.counts);
      this.#seen.delete(run);
    }
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
