import { UnknownRunError } from '../../model/errors.ts';
import { newRunId, type RunId } from '../../model/run-id.ts';
import type { RunOptions } from '../../model/run-options.ts';
import { type Clock, systemClock } from '../../util/clock.ts';
import type { Batch } from '../batch.ts';
import { COLLECTOR_TTL_MS, type Collector, type Cursor, type OutcomeBatch } from '../collecting.ts';
import type { Engine } from '../engine.ts';
import type { Backlog, EngineFacts, LiveCollector, LiveWorker, ThrottledOrigin, WaitingOrigin } from '../facts.ts';
import type { LoggedRows } from '../rules/logged-rows.ts';
import type { RunCounts } from '../run-counts.ts';
import type { Visit, WorkLimits } from '../visit.ts';
import { AcceptedRuns } from './accepted-runs.ts';
import type { FrontierLimits, Lane } from './frontier.ts';
import { MemoryRun } from './memory-run.ts';
import { MemoryVisit } from './memory-visit.ts';
import { OriginLanes } from './origin-lanes.ts';
import { RobotsTexts } from './robots-texts.ts';
import { Signals } from './signals.ts';
import { timerTicks } from './timer-ticks.ts';

interface MemoryEngineLimits {
  clock?: Clock;
  /** With this many waiting entries, `submit` waits. */
  maxWaiting?: number;
  /** With this many outcomes not collected, visits wait. */
  maxUnreleased?: number;
  /** A run's file for waiting entries that do not fit into memory. Without it, they stay in memory. */
  overflowFile?: (run: RunId) => string;
  /** How many waiting entries stay in memory. */
  frontier?: FrontierLimits;
}

/** How long a batch of outcomes waits for more outcomes. */
const GATHER_MS = 20;

/** The engine for one process: the frontier in memory, visits as loops. Only what the collector wrote outlives the process. */
export function createMemoryEngine(limits: MemoryEngineLimits = {}): Engine {
  return new MemoryEngine(limits);
}

class MemoryEngine implements Engine {
  readonly #clock: Clock;
  readonly #maxWaiting: number;
  readonly #maxUnreleased: number;
  readonly #overflowFile: MemoryEngineLimits['overflowFile'];
  readonly #frontier: FrontierLimits;
  readonly #lanes = new OriginLanes();
  readonly #robots = new RobotsTexts();
  readonly #runs = new Map<RunId, MemoryRun>();
  /** Raised when there may be work for a visit, room in the frontier, or outcomes. */
  readonly #ready = new Signals();
  /** Raised when a slot that the allowance kept idle may have to continue or end. */
  readonly #idle = new Signals();
  readonly #room = new Signals();
  readonly #settled = new Signals();
  /** Wall time that does not jump: the wall time at the start, plus the monotonic time since. */
  readonly #nowMs: () => number;
  #turn = 0;
  readonly #collectors = new Map<string, LiveCollector & { untilMs: number }>();
  readonly #workers = new Set<LiveWorker>();
  /** True once a worker has declined a run. Then the slot that is woken may not be the one that can continue. */
  #declines = false;

  constructor({ clock = systemClock, maxWaiting = 50_000, maxUnreleased = 100_000, overflowFile, frontier = {} }: MemoryEngineLimits) {
    const offsetMs = clock.wallMs() - clock.monotonicMs();
    this.#clock = clock;
    this.#nowMs = () => offsetMs + clock.monotonicMs();
    this.#maxWaiting = maxWaiting;
    this.#maxUnreleased = maxUnreleased;
    this.#overflowFile = overflowFile;
    this.#frontier = frontier;
  }

  async openRun(options: RunOptions, id: RunId = newRunId(this.#nowMs())): Promise<RunId> {
    if (this.#runs.has(id)) return id;
    const overflowFile = this.#overflowFile?.(id);
    const limits = { maxUnreleased: this.#maxUnreleased, frontier: this.#frontier, ...(overflowFile !== undefined && { overflowFile }) };
    this.#runs.set(id, new MemoryRun(id, options, limits, this.#lanes, () => this.#raiseReady()));
    return id;
  }

  async submit(run: RunId, batch: Batch): Promise<void> {
    while (this.#run(run).waiting >= this.#maxWaiting) await this.#room.wait();
    this.#run(run).submit(batch, this.#nowMs());
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
    this.#runs.get(run)?.remove();
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
    const self: LiveWorker = { name: limits.worker, slots: limits.concurrency };
    this.#workers.add(self);
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
      this.#workers.delete(self);
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
        // Pass the wake-up on to a slot that may continue.
        this.#raiseReady();
        await this.#idle.wait();
        continue;
      }
      const found = this.#checkout(accepted);
      if (found === undefined) {
        await this.#ready.wait(this.#nextReadyMs(accepted) - this.#nowMs());
        continue;
      }
      // There may be more work, for another slot.
      if (this.#nextReadyMs(accepted) <= this.#nowMs()) this.#raiseReady();
      const visit = new MemoryVisit(found.run, found.lane, { lanes: this.#lanes, robots: this.#robots, nowMs: this.#nowMs }, stop, force);
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

  /** Asks the runs in rotation, so that no run has to wait for another one to end. */
  #checkout(accepted: AcceptedRuns): { run: MemoryRun; lane: Lane } | undefined {
    const runs = [...this.#runs.values()];
    for (let tried = 0; tried < runs.length; tried++) {
      const run = runs[this.#turn++ % runs.length] as MemoryRun;
      if (run.outcomes.isFull || accepted.fromMs(run) > this.#nowMs()) continue;
      const lane = run.checkout(this.#nowMs());
      if (lane !== undefined) return { run, lane };
    }
    return undefined;
  }

  #nextReadyMs(accepted: AcceptedRuns): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const run of this.#runs.values()) {
      if (!run.outcomes.isFull) nextMs = Math.min(nextMs, Math.max(run.nextReadyMs, accepted.fromMs(run)));
    }
    return nextMs;
  }

  async claim(run: RunId, collector: Collector, as: 'fresh' | 'renew' = 'fresh'): Promise<'first' | 'again'> {
    return this.#run(run).outcomes.claim(collector, as, this.#nowMs());
  }

  async leave(run: RunId, collector: Collector): Promise<void> {
    this.#run(run).outcomes.leave(collector);
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
          await this.#gather(target);
        }
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  /** Waits for more outcomes, but no longer than until the run has ended. */
  async #gather(target: MemoryRun): Promise<void> {
    const untilMs = this.#nowMs() + GATHER_MS;
    for (let leftMs = GATHER_MS; leftMs > 0 && !target.ended; leftMs = untilMs - this.#nowMs()) await this.#settled.wait(leftMs);
  }

  async release(run: RunId, upTo: Cursor, collector: Collector): Promise<void> {
    const target = this.#run(run);
    const wasFull = target.outcomes.isFull;
    target.outcomes.release(upTo, collector);
    if (!wasFull) return;
    target.cancelWaiting(this.#nowMs());
    this.#ready.raiseAll();
    this.#settled.raiseAll();
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

  async workers(): Promise<number> {
    return this.#workers.size;
  }

  async backlog(run: RunId): Promise<Backlog> {
    return { readyOrigins: this.#runs.get(run)?.readyOrigins(this.#nowMs()) ?? 0, queuedBatches: 0 };
  }

  async waitingOrigins(run: RunId, most: number): Promise<WaitingOrigin[]> {
    return this.#run(run).waitingOrigins(most, this.#nowMs());
  }

  async collectors(runs: readonly RunId[]): Promise<Array<string | undefined>> {
    return runs.map((run) => this.#runs.get(run)?.outcomes.holder(this.#nowMs()));
  }

  async newestRuns(most: number): Promise<{ total: number; newest: RunId[] }> {
    return { total: this.#runs.size, newest: [...this.#runs.keys()].reverse().slice(0, most) };
  }

  async facts(): Promise<EngineFacts> {
    const collectors = [...this.#collectors.values()].filter(({ untilMs }) => untilMs > this.#nowMs());
    return { workers: [...this.#workers], collectors: collectors.map(({ name, runs }) => ({ name, runs })) };
  }

  async options(run: RunId): Promise<RunOptions> {
    return this.#run(run).options;
  }

  ticks(_name: string, everyMs: number, signal: AbortSignal): AsyncIterable<void> {
    return timerTicks(everyMs, this.#clock, signal);
  }

  async deadTicks(): Promise<string[]> {
    return [];
  }

  async removeTicks(): Promise<void> {}

  async runs(): Promise<RunId[]> {
    return [...this.#runs.keys()];
  }

  async attend(name: string, runs?: number): Promise<number> {
    if (runs === undefined) this.#collectors.delete(name);
    else this.#collectors.set(name, { name, runs, untilMs: this.#nowMs() + COLLECTOR_TTL_MS });
    return (await this.facts()).collectors.length;
  }

  async uncollected(runs: readonly RunId[], by?: string): Promise<RunId[]> {
    const isFree = ({ outcomes }: MemoryRun) => by === undefined || outcomes.isFreeFor(by, this.#nowMs());
    const known = runs.flatMap((id) => this.#runs.get(id) ?? []).filter(isFree);
    const hasOutcomes = (run: MemoryRun) => run.outcomes.unreleased > 0;
    return [...known.filter(hasOutcomes), ...known.filter((run) => run.ended && !hasOutcomes(run))].map(({ id }) => id);
  }

  async close(): Promise<void> {
    for (const run of this.#runs.values()) run.remove();
    this.#runs.clear();
  }

  #run(id: RunId): MemoryRun {
    const run = this.#runs.get(id);
    if (run === undefined) throw new UnknownRunError(`there is no run ${id}`);
    return run;
  }
}
