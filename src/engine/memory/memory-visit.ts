import type { Entry } from '../../model/entry.ts';
import type { RunId } from '../../model/run-id.ts';
import type { RunOptions } from '../../model/run-options.ts';
import type { Trial } from '../../model/unreachable-origin.ts';
import { verdictClass } from '../../model/verdict.ts';
import { loopTurn } from '../../util/async.ts';
import type { Ending, FoundLinks } from '../ending.ts';
import type { KnownRobots, RobotsAnswer, Visit } from '../visit.ts';
import type { Backlog } from './backlog.ts';
import type { Lane } from './frontier.ts';
import type { MemoryRun } from './memory-run.ts';
import type { OriginLanes } from './origin-lanes.ts';
import type { RobotsTexts } from './robots-texts.ts';

/** A visit ends after this many entries or milliseconds, so that other origins and runs get their turn. */
const VISIT_ENTRIES = 50;
const VISIT_BUDGET_MS = 250;
/** Links that are pushed in one turn of the event loop, which takes about 5 ms. */
const LINKS_AT_ONCE = 2_000;

/** What a visit needs from its engine. */
interface VisitHome {
  lanes: OriginLanes;
  robots: RobotsTexts;
  nowMs: () => number;
}

/** A visit of the memory engine. It holds a lane of an origin while it takes entries from its backlog. */
export class MemoryVisit implements Visit {
  readonly run: RunId;
  readonly options: RunOptions;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly #target: MemoryRun;
  readonly #backlog: Backlog;
  readonly #home: VisitHome;
  readonly #stop: AbortSignal;
  readonly #untilMs: number;
  /** The number of entries for which a request was sent, or may have been. */
  #fetched = 0;
  #isFirst = true;
  /** When the origin may be visited again, as known at the start. It changes when a request is sent or the origin asks for a pause. */
  readonly #heldUntilMs: number;
  /** `Lane.turnMs` while the visit has the turn, then 0. */
  #turnMs: number;
  /** True until a request for the open entry is sent. */
  #unsent = true;
  #open: Entry | undefined;
  /** Entries that the visitor has taken in advance, in the order in which it settles them. */
  readonly #reserved: Entry[] = [];
  /** Pending while pages with very many links are settled in several steps, one page after another. */
  #settling: Promise<void> | undefined;

  constructor(target: MemoryRun, { backlog, turnMs }: Lane, home: VisitHome, stop: AbortSignal, force: AbortSignal) {
    this.run = target.id;
    this.options = target.options;
    this.signal = force;
    this.#target = target;
    this.#backlog = backlog;
    this.#turnMs = turnMs;
    this.nowMs = home.nowMs;
    this.#home = home;
    this.#stop = stop;
    this.#untilMs = home.nowMs() + VISIT_BUDGET_MS;
    this.#heldUntilMs = home.lanes.notBeforeMs(backlog.origin);
  }

  next(): Entry | undefined | Promise<Entry | undefined> {
    return this.#settling === undefined ? this.#next() : this.#settling.then(() => this.#next());
  }

  #next(): Entry | undefined {
    if (this.#fetched >= VISIT_ENTRIES || this.#stop.aborted) return undefined;
    if (!this.#isFirst && this.nowMs() >= this.#untilMs) return undefined;
    const hasTurn = this.#isFirst || this.#isTurnLeft();
    this.#isFirst = false;
    this.#open = this.#target.take(this.#backlog, hasTurn ? Number.POSITIVE_INFINITY : this.nowMs(), hasTurn);
    return this.#open;
  }

  reserve(most: number): readonly Entry[] {
    const nowMs = this.nowMs();
    if (this.#stop.aborted || nowMs >= this.#untilMs) return [];
    // The rest is for other visits. When few entries are left, each visit takes them one by one.
    const share = Math.floor(this.#backlog.size / this.options.hostConcurrency);
    const count = Math.min(most, share, VISIT_ENTRIES - this.#fetched - 1);
    while (this.#reserved.length < count) {
      const entry = this.#target.take(this.#backlog, nowMs, false);
      if (entry === undefined) break;
      this.#reserved.push(entry);
    }
    return [...this.#reserved];
  }

  unreserve(count: number): void {
    // The last one first, because each goes before the others of its origin.
    for (let left = count; left > 0; left--) {
      const entry = this.#reserved.pop();
      if (entry !== undefined) this.#target.settle(entry, { kind: 'back' }, this.nowMs());
    }
  }

  /** True if the visit took entries but sent nothing to the origin. The turn is then for its next entry. */
  #isTurnLeft(): boolean {
    return this.#fetched === 0 && this.#home.lanes.notBeforeMs(this.#backlog.origin) === this.#heldUntilMs;
  }

  trial(entry: Entry): Trial {
    return this.#target.trial(entry.origin, this.nowMs());
  }

  isHeld(origin: string): boolean {
    return this.#home.lanes.notBeforeMs(origin) > this.nowMs();
  }

  started(entry: Entry, intervalMs: number): void {
    this.#unsent = false;
    this.#target.started(entry, Math.max(intervalMs, this.#turnMs), this.nowMs());
    this.#endTurn();
  }

  #endTurn(): void {
    if (this.#turnMs > 0) this.#target.endTurn(this.#backlog);
    this.#turnMs = 0;
  }

  async robots(origin: string, stale?: string): Promise<RobotsAnswer> {
    return this.#home.robots.ask(origin, stale, this.nowMs());
  }

  async keepRobots(origin: string, robots: KnownRobots): Promise<void> {
    this.#home.robots.keep(origin, robots, this.nowMs());
    this.#home.lanes.intervals.learn(origin, robots, this.nowMs());
  }

  settle(entry: Entry, ending: Ending): void {
    const open = this.#open ?? this.#reserved.shift();
    if (open !== entry) throw new Error(`${entry.url} is not open in this visit: each entry is settled once`);
    if (ending.kind === 'revisited' && !entry.revisit) throw new Error(`${entry.url} was not to be revisited: it needs an outcome`);
    this.#open = undefined;
    const isSkipped = ending.kind === 'outcome' && verdictClass(ending.outcome.verdict) === 'skipped';
    if (!isSkipped || !this.#unsent) this.#fetched++;
    this.#unsent = true;
    const found = 'found' in ending ? ending.found : undefined;
    if (found === undefined || found.entries.length <= LINKS_AT_ONCE) this.#target.settle(entry, ending, this.nowMs());
    else if (this.#settling === undefined) this.#settling = this.#settleInParts(entry, ending, found);
    else this.#settling = this.#settling.then(() => this.#settleInParts(entry, ending, found));
  }

  /**
   * The entry stays in flight until its last link is pushed. If a shorter way to the page was found meanwhile, all links
   * are pushed again, with their new depth.
   */
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

  /** Gives back the lane, and the entries that the visitor left unsettled. */
  async end(): Promise<void> {
    this.unreserve(this.#reserved.length);
    if (this.#open !== undefined) this.settle(this.#open, { kind: 'back' });
    if (this.#settling !== undefined) await this.#settling;
    this.#endTurn();
    this.#target.leave(this.#backlog, this.nowMs());
  }
}

function sumOf(parts: ReadonlyArray<Readonly<Record<string, number>>>): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const part of parts) for (const [reason, links] of Object.entries(part)) sum[reason] = (sum[reason] ?? 0) + links;
  return sum;
}
