import { type Clock, systemClock } from '../../core/clock.ts';
import type { Entry } from '../../core/entry.ts';
import { UnknownRunError } from '../../core/errors.ts';
import type { LoggedRows } from '../../core/logged-rows.ts';
import { loopTurn } from '../../core/loop-turn.ts';
import { newRunId, type RunId } from '../../core/run-id.ts';
import type { RunOptions } from '../../core/run-options.ts';
import type { Trial } from '../../core/unreachable-origin.ts';
import { verdictClass } from '../../core/verdict.ts';
import type {
  Batch,
  Collector,
  Cursor,
  Ending,
  Engine,
  FoundLinks,
  KnownRobots,
  OutcomeBatch,
  RobotsAnswer,
  RunCounts,
  ThrottledOrigin,
  Visit,
  WorkLimits,
} from '../engine.ts';
import { AcceptedRuns } from './accepted-runs.ts';
import type { Backlog } from './backlog.ts';
import { MemoryRun } from './memory-run.ts';
import { OriginLanes } from './origin-lanes.ts';
import { RobotsTexts } from './robots-texts.ts';
import { Signals } from './signals.ts';
import { timerTicks } from './timer-ticks.ts';

export interface MemoryEngineLimits {
  clock?: Clock;
  /** Entries that may wait before `submit` does. */
  maxWaiting?: number;
  /** Outcomes that may wait for the collector before visits do. */
  maxUnreleased?: number;
}

/** A visit gives its lane up after this many entries or milliseconds, so that other origins and runs get their turn. */
const VISIT_ENTRIES = 50;
const VISIT_BUDGET_MS = 250;
/** Links of a page that are pushed in one turn of the event loop: some 2 ms. */
const LINKS_AT_ONCE = 2_000;
/** Outcomes are given in larger batches at this price in delay. */
const GATHER_MS = 20;

/** The engine for one process: the moves of the frontier on Maps, and visits as loops. Nothing outlives the process but what the collector wrote. */
export function createMemoryEngine(limits: MemoryEngineLimits = {}): Engine {
  return new MemoryEngine(limits);
}

class MemoryEngine implements Engine {
  readonly #clock: Clock;
  readonly #maxWaiting: number;
  readonly #maxUnreleased: number;
  readonly #lanes = new OriginLanes();
  readonly #robots = new RobotsTexts();
  readonly #runs = new Map<RunId, MemoryRun>();
  /** Raised when a visit may find something, room in the frontier appears, or outcomes do. */
  readonly #ready = new Signals();
  /** Raised when a slot may have to go on, or to end, that the allowance left idle. */
  readonly #idle = new Signals();
  readonly #room = new Signals();
  readonly #settled = new Signals();
  /** Wall time that does not jump: what the clock said at the start, and the monotonic time since. */
  readonly #nowMs: () => number;
  #turn = 0;
  /** Some worker leaves some run to others: whoever is woken may not be one who can go on. */
  #declines = false;

  constructor({ clock = systemClock, maxWaiting = 50_000, maxUnreleased = 100_000 }: MemoryEngineLimits) {
    const offsetMs = clock.wallMs() - clock.monotonicMs();
    this.#clock = clock;
    this.#nowMs = () => offsetMs + clock.monotonicMs();
    this.#maxWaiting = maxWaiting;
    this.#maxUnreleased = maxUnreleased;
  }

  async openRun(options: RunOptions, id: RunId = newRunId(this.#nowMs())): Promise<RunId> {
    if (!this.#runs.has(id)) this.#runs.set(id, new MemoryRun(id, options, this.#lanes, () => this.#raiseReady()));
    return id;
  }

  async submit(run: RunId, batch: Batch): Promise<void> {
    const target = this.#run(run);
    while (target.waiting >= this.#maxWaiting) await this.#room.wait();
    target.submit(batch, this.#nowMs());
    this.#settled.raiseAll();
  }

  async seal(run: RunId, batches?: number): Promise<void> {
    this.#run(run).seal(batches);
    this.#settled.raiseAll();
  }

  async confirm(): Promise<void> {}

  async restore(run: RunId, rows: LoggedRows): Promise<void> {
    this.#run(run).restore(rows);
  }

  async pause(run: RunId): Promise<void> {
    this.#run(run).pause();
  }

  async resume(run: RunId): Promise<void> {
    this.#run(run).resume();
    this.#ready.raiseAll();
  }

  async cancel(run: RunId): Promise<void> {
    this.#run(run).cancel(this.#nowMs());
    this.#settled.raiseAll();
    this.#room.raiseAll();
  }

  async remove(run: RunId): Promise<void> {
    const removed = this.#runs.get(run);
    removed?.cancel(this.#nowMs());
    this.#runs.delete(run);
    this.#settled.raiseAll();
    this.#room.raiseAll();
  }

  async work(visitor: (visit: Visit) => Promise<void>, limits: WorkLimits, signal: AbortSignal): Promise<void> {
    const force = new AbortController();
    let drain: NodeJS.Timeout | undefined;
    const stop = () => {
      drain = setTimeout(() => force.abort(), limits.drainMs);
      this.#ready.raiseAll();
      this.#idle.raiseAll();
    };
    if (signal.aborted) return;
    signal.addEventListener('abort', stop, { once: true });
    const accepted = new AcceptedRuns(limits.accepts, this.#nowMs, (isAccepted) => {
      if (!isAccepted) this.#declines = true;
      this.#ready.raiseAll();
    });
    try {
      const { concurrency, allowance } = limits;
      allowance?.onChange(() => {
        this.#idle.raiseAll();
        this.#ready.raiseAll();
      });
      const slots = Array.from({ length: concurrency }, (_, slot) => ({
        accepted,
        isIdle: () => allowance !== undefined && slot >= allowance.visits,
      }));
      await Promise.all(slots.map((slot) => this.#slot(visitor, slot, signal, force.signal)));
    } finally {
      signal.removeEventListener('abort', stop);
      clearTimeout(drain);
    }
  }

  async #slot(
    visitor: (visit: Visit) => Promise<void>,
    { accepted, isIdle }: { accepted: AcceptedRuns; isIdle: () => boolean },
    stop: AbortSignal,
    force: AbortSignal,
  ): Promise<void> {
    while (!stop.aborted) {
      if (isIdle()) {
        // What this slot was woken for is for one that may go on.
        this.#raiseReady();
        await this.#idle.wait();
        continue;
      }
      const found = this.#checkout(accepted);
      if (found === undefined) {
        await this.#ready.wait(this.#nextReadyMs(accepted) - this.#nowMs());
        continue;
      }
      // One visit found work: if there is more, another slot may as well.
      if (this.#nextReadyMs(accepted) <= this.#nowMs()) this.#raiseReady();
      const visit = new MemoryVisit(
        found.run,
        found.backlog,
        { lanes: this.#lanes, robots: this.#robots, nowMs: this.#nowMs },
        stop,
        force,
      );
      try {
        await visitor(visit);
      } finally {
        await visit.end();
        if (found.run.waiting < this.#maxWaiting) this.#room.raiseAll();
        this.#settled.raiseAll();
      }
    }
  }

  #raiseReady(): void {
    if (this.#declines) this.#ready.raiseAll();
    else this.#ready.raiseOne();
  }

  /** Asks the runs in turn, so that none waits for another to end. */
  #checkout(accepted: AcceptedRuns): { run: MemoryRun; backlog: Backlog } | undefined {
    const runs = [...this.#runs.values()];
    for (let tried = 0; tried < runs.length; tried++) {
      const run = runs[this.#turn++ % runs.length] as MemoryRun;
      if (run.outcomes.unreleased >= this.#maxUnreleased || accepted.fromMs(run) > this.#nowMs()) continue;
      const backlog = run.checkout(this.#nowMs());
      if (backlog !== undefined) return { run, backlog };
    }
    return undefined;
  }

  #nextReadyMs(accepted: AcceptedRuns): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const run of this.#runs.values()) {
      if (run.outcomes.unreleased < this.#maxUnreleased) nextMs = Math.min(nextMs, Math.max(run.nextReadyMs, accepted.fromMs(run)));
    }
    return nextMs;
  }

  async claim(run: RunId, collector: Collector, as: 'fresh' | 'renew' = 'fresh'): Promise<'first' | 'again'> {
    return this.#run(run).outcomes.claim(collector, as, this.#nowMs());
  }

  async *outcomes(run: RunId, from: Cursor, signal: AbortSignal): AsyncIterable<OutcomeBatch> {
    const target = this.#run(run);
    const wake = () => this.#settled.raiseAll();
    signal.addEventListener('abort', wake, { once: true });
    try {
      for (let cursor = from; !signal.aborted; ) {
        const batch = target.outcomes.read(cursor);
        if (batch !== undefined) {
          cursor = batch.cursor;
          yield batch;
        } else if (target.ended) {
          return;
        } else {
          await this.#settled.wait();
          if (!target.ended) await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
        }
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  async release(run: RunId, upTo: Cursor, collector: Collector): Promise<void> {
    const target = this.#run(run);
    const wasFull = target.outcomes.unreleased >= this.#maxUnreleased;
    target.outcomes.release(upTo, collector);
    if (wasFull) this.#ready.raiseAll();
  }

  async counts(run: RunId): Promise<RunCounts> {
    return this.#run(run).counts();
  }

  async leastMs(run: RunId): Promise<number> {
    return this.#run(run).leastMs;
  }

  async throttled(): Promise<ThrottledOrigin[]> {
    return this.#lanes.throttled(this.#nowMs());
  }

  async options(run: RunId): Promise<RunOptions> {
    return this.#run(run).options;
  }

  ticks(_name: string, everyMs: number, signal: AbortSignal): AsyncIterable<void> {
    return timerTicks(everyMs, this.#clock, signal);
  }

  async runs(): Promise<RunId[]> {
    return [...this.#runs.keys()];
  }

  async uncollected(runs: readonly RunId[]): Promise<RunId[]> {
    const known = runs.flatMap((id) => this.#runs.get(id) ?? []);
    const hasOutcomes = (run: MemoryRun) => run.outcomes.unreleased > 0;
    return [...known.filter(hasOutcomes), ...known.filter((run) => run.ended && !hasOutcomes(run))].map(({ id }) => id);
  }

  async close(): Promise<void> {
    this.#runs.clear();
  }

  #run(id: RunId): MemoryRun {
    const run = this.#runs.get(id);
    if (run === undefined) throw new UnknownRunError(`there is no run ${id}`);
    return run;
  }
}

/** What a visit needs of its engine. */
interface VisitHome {
  lanes: OriginLanes;
  robots: RobotsTexts;
  nowMs: () => number;
}

/** A lane of an origin, held while the visit takes entries from it. */
class MemoryVisit implements Visit {
  readonly run: RunId;
  readonly options: RunOptions;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly #target: MemoryRun;
  readonly #backlog: Backlog;
  readonly #home: VisitHome;
  readonly #stop: AbortSignal;
  readonly #untilMs: number;
  /** Entries for which a request went out, or may have. */
  #fetched = 0;
  #isFirst = true;
  /** The origin is not visited before then; more than its interval if it asked for a pause since. */
  readonly #heldUntilMs: number;
  /** No request for the open entry went out yet. */
  #unsent = true;
  #open: Entry | undefined;
  /** A page with very many links is settled while others get their turn. */
  #settling: Promise<void> | undefined;

  constructor(target: MemoryRun, backlog: Backlog, home: VisitHome, stop: AbortSignal, force: AbortSignal) {
    this.run = target.id;
    this.options = target.options;
    this.signal = force;
    this.#target = target;
    this.#backlog = backlog;
    this.nowMs = home.nowMs;
    this.#home = home;
    this.#stop = stop;
    this.#untilMs = home.nowMs() + VISIT_BUDGET_MS;
    this.#heldUntilMs = home.lanes.notBeforeMs(backlog.origin);
  }

  async next(): Promise<Entry | undefined> {
    if (this.#settling !== undefined) await this.#settling;
    if (this.#fetched >= VISIT_ENTRIES || this.#stop.aborted) return undefined;
    if (!this.#isFirst && this.nowMs() >= this.#untilMs) return undefined;
    const hasTurn = this.#isFirst || this.#isTurnLeft();
    this.#isFirst = false;
    this.#unsent = true;
    this.#open = this.#target.take(this.#backlog, hasTurn ? Number.POSITIVE_INFINITY : this.nowMs(), hasTurn);
    return this.#open;
  }

  /** It took entries, and nothing went out to the origin: the turn that its interval gave is for the next one. */
  #isTurnLeft(): boolean {
    return this.#fetched === 0 && this.#home.lanes.notBeforeMs(this.#backlog.origin) === this.#heldUntilMs;
  }

  trial(entry: Entry): Trial {
    return this.#target.trial(entry.origin);
  }

  started(entry: Entry, intervalMs: number): void {
    this.#unsent = false;
    this.#target.started(entry, intervalMs, this.nowMs());
  }

  async robots(origin: string, stale?: string): Promise<RobotsAnswer> {
    return this.#home.robots.ask(origin, stale, this.nowMs());
  }

  async keepRobots(origin: string, robots: KnownRobots): Promise<void> {
    this.#home.robots.keep(origin, robots, this.nowMs());
    this.#home.lanes.intervals.learn(origin, robots, this.nowMs());
  }

  settle(entry: Entry, ending: Ending): void {
    if (this.#open !== entry) throw new Error(`${entry.url} is not open in this visit: each entry is settled once`);
    if (ending.kind === 'revisited' && !entry.revisit) throw new Error(`${entry.url} was not to be revisited: it needs an outcome`);
    this.#open = undefined;
    const isSkipped = ending.kind === 'outcome' && verdictClass(ending.outcome.verdict) === 'skipped';
    if (!isSkipped || !this.#unsent) this.#fetched++;
    const found = 'found' in ending ? ending.found : undefined;
    if (found === undefined || found.entries.length <= LINKS_AT_ONCE) this.#target.settle(entry, ending, this.nowMs());
    else this.#settling = this.#settleInParts(entry, ending, found);
  }

  /** The entry stays in flight until its last link is pushed. A shorter way to it that is found meanwhile holds for all of them. */
  async #settleInParts(entry: Entry, ending: Ending, { entries, leftOut }: FoundLinks): Promise<void> {
    let parts: Array<Record<string, number>>;
    let depth: number;
    do {
      parts = [leftOut];
      depth = this.#target.depthOf(entry);
      for (let from = 0; from < entries.length; from += LINKS_AT_ONCE) {
        parts.push(this.#target.push(entry, entries.slice(from, from + LINKS_AT_ONCE), this.nowMs()));
        await loopTurn();
      }
    } while (this.#target.depthOf(entry) < depth);
    this.#target.settle(entry, { ...ending, found: { entries: [], leftOut: sumOf(parts) } } as Ending, this.nowMs());
  }

  /** The lane goes back, and with it an entry that the visitor left unsettled. */
  async end(): Promise<void> {
    if (this.#open !== undefined) this.settle(this.#open, { kind: 'back' });
    if (this.#settling !== undefined) await this.#settling;
    this.#target.leave(this.#backlog, this.nowMs());
  }
}

function sumOf(parts: ReadonlyArray<Readonly<Record<string, number>>>): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const part of parts) for (const [reason, links] of Object.entries(part)) sum[reason] = (sum[reason] ?? 0) + links;
  return sum;
}
