import { hash } from 'node:crypto';
import type { Entry } from '../../core/entry.ts';
import { ConflictError } from '../../core/errors.ts';
import { tracksDepth } from '../../core/link-options.ts';
import { type LoggedRows, rowKeyOf } from '../../core/logged-rows.ts';
import type { Outcome } from '../../core/outcome.ts';
import { formatOutcome } from '../../core/outcome-line.ts';
import { isRepeatable } from '../../core/request-spec.ts';
import { pageKey, revisitOf } from '../../core/revisit.ts';
import type { RunId } from '../../core/run-id.ts';
import type { RunOptions } from '../../core/run-options.ts';
import { cancelledOutcome } from '../../core/unfetched-outcome.ts';
import type { Trial } from '../../core/unreachable-origin.ts';
import { verdictClass } from '../../core/verdict.ts';
import type { Batch, Ending, FoundLinks, RunCounts } from '../engine.ts';
import { withGuard } from '../interval-guard.ts';
import { batchContent, readBatch } from '../read-batch.ts';
import { Backlog } from './backlog.ts';
import { LinkLimits } from './link-limits.ts';
import type { OriginLanes } from './origin-lanes.ts';
import { OutcomeLog } from './outcome-log.ts';
import { SeenSet } from './seen-set.ts';
import { TimedQueue } from './timed-queue.ts';

/** Origins that are passed over for others in one look. */
const MOST_DOUBTFUL = 32;

/**
 * The frontier and the outcomes of one run. An entry is in exactly one place:
 *
 *     submit ──► backlog ──take──► in flight ──settle──► outcomes
 *                 ▲ ▲                 │ │
 *                 │ ├──── back ───────┘ │
 *                 │ ├── due ◄─ retry ───┤
 *                 │ └──── moved ────────┤   (to the backlog of another origin)
 *                 └────── links ────────┘
 *
 * A backlog that is not empty is either in the ready queue or waits for a lane of its origin (`offered`).
 */
export class MemoryRun {
  readonly id: RunId;
  readonly options: RunOptions;
  readonly outcomes: OutcomeLog;
  readonly #lanes: OriginLanes;
  /** Called when something may have become ready. */
  readonly #onReady: () => void;
  readonly #backlogs = new Map<string, Backlog>();
  readonly #ready = new TimedQueue<Backlog>();
  readonly #due = new TimedQueue<Entry>();
  readonly #seen: SeenSet;
  readonly #limits: LinkLimits;
  readonly #batchDigests = new Map<number, string>();
  readonly #counts: Omit<RunCounts, 'batches' | 'ended' | 'unreleased' | 'leftOut'> = {
    state: 'open',
    submitted: 0,
    duplicates: 0,
    accepted: 0,
    discovered: 0,
    settled: 0,
    ok: 0,
    failed: 0,
    skipped: 0,
    retries: 0,
    inFlight: 0,
  };
  readonly #leftOut = new Map<string, number>();
  /** Those among the discovered entries that will have no outcome. */
  #revisits = 0;
  /** Rows of the log that an earlier process wrote. */
  #logged: LoggedRows | undefined;
  #loggedMet = 0;

  constructor(id: RunId, options: RunOptions, lanes: OriginLanes, onReady: () => void) {
    this.id = id;
    this.options = options;
    this.outcomes = new OutcomeLog(id);
    this.#lanes = lanes;
    this.#onReady = onReady;
    this.#seen = new SeenSet(options);
    this.#limits = new LinkLimits(options);
  }

  /** Entries that wait for their turn or their time. */
  get waiting(): number {
    const { accepted, discovered, settled, inFlight } = this.#counts;
    return accepted + discovered - settled - inFlight;
  }

  get ended(): boolean {
    const { sealedAt, accepted, discovered, settled } = this.#counts;
    return sealedAt !== undefined && this.#batchDigests.size === sealedAt && settled === accepted + discovered;
  }

  /** What waits takes at least so long, by the interval. */
  get leastMs(): number {
    const { hostIntervalMs } = this.options;
    if (hostIntervalMs === 0) return 0;
    let longest = 0;
    for (const { size } of this.#backlogs.values()) longest = Math.max(longest, size);
    return longest * hostIntervalMs;
  }

  counts(): RunCounts {
    const leftOut = Object.fromEntries(this.#leftOut);
    return { ...this.#counts, leftOut, unreleased: this.outcomes.unreleased, batches: this.#batchDigests.size, ended: this.ended };
  }

  /** Entries among these count as settled when they are submitted or found. */
  restore(rows: LoggedRows): void {
    this.#logged = rows;
  }

  submit(batch: Batch, nowMs: number): void {
    const digest = hash('sha1', batchContent(batch), 'hex');
    const known = this.#batchDigests.get(batch.number);
    if (known === digest) return;
    if (known !== undefined) throw new ConflictError(`batch ${batch.number} of run ${this.id} was submitted before with other lines`);
    const { sealedAt, state } = this.#counts;
    if (sealedAt !== undefined && batch.number >= sealedAt) {
      throw new ConflictError(`run ${this.id} is sealed at ${sealedAt} batches: batch ${batch.number} comes too late`);
    }
    this.#batchDigests.set(batch.number, digest);
    const { entries, invalid } = readBatch(this.id, batch, this.options, nowMs, 'allow');
    this.#counts.submitted += entries.length + invalid.length;
    for (const entry of entries) {
      const meeting = this.#seen.meet(entry);
      if (meeting === 'new') {
        this.#counts.accepted++;
        this.#join(entry, nowMs);
      } else {
        this.#counts.duplicates++;
        if (meeting === 'expanded nearer') this.#revisit(entry, nowMs);
      }
    }
    this.#counts.accepted += invalid.length;
    for (const outcome of invalid) this.#record(outcome);
    if (state === 'cancelled') this.cancel(nowMs);
  }

  seal(batches = this.#batchDigests.size): void {
    const { sealedAt } = this.#counts;
    if (sealedAt !== undefined && sealedAt !== batches) {
      throw new ConflictError(`run ${this.id} was sealed before at ${sealedAt} batches, not ${batches}`);
    }
    this.#counts.sealedAt = batches;
  }

  pause(): void {
    if (this.#counts.state === 'open') this.#counts.state = 'paused';
  }

  resume(): void {
    if (this.#counts.state === 'paused') this.#counts.state = 'open';
    this.#onReady();
  }

  /** Seals the run, and gives every entry that waits the outcome `cancelled`. */
  cancel(nowMs: number): void {
    this.#counts.state = 'cancelled';
    this.#counts.sealedAt ??= this.#batchDigests.size;
    for (const backlog of this.#backlogs.values()) {
      for (let entry = backlog.take(); entry !== undefined; entry = backlog.take()) this.#cancelEntry(entry, nowMs);
    }
    for (let entry = this.#due.popDue(Number.POSITIVE_INFINITY); entry !== undefined; entry = this.#due.popDue(Number.POSITIVE_INFINITY)) {
      this.#cancelEntry(entry, nowMs);
    }
  }

  #cancelEntry(entry: Entry, nowMs: number): void {
    if (entry.revisit) this.#endRevisit();
    else this.#record(cancelledOutcome(this.id, entry, this.options, nowMs));
  }

  /** When something can be ready next: in the past if it is now, Infinity if nothing waits for a time. */
  get nextReadyMs(): number {
    if (this.#counts.state === 'paused') return Number.POSITIVE_INFINITY;
    return Math.min(this.#ready.nextMs, this.#due.nextMs);
  }

  /** Takes a lane of an origin that may be visited now, or nothing. The lane's entries are taken one at a time with `take`. */
  checkout(nowMs: number): Backlog | undefined {
    if (this.#counts.state === 'paused') return undefined;
    for (let entry = this.#due.popDue(nowMs); entry !== undefined; entry = this.#due.popDue(nowMs)) {
      const backlog = this.#backlog(entry.origin);
      backlog.putBack(entry);
      this.#offer(backlog, nowMs);
    }
    const doubtful: Backlog[] = [];
    let chosen: Backlog | undefined;
    while (chosen === undefined && doubtful.length < MOST_DOUBTFUL) {
      const backlog = this.#ready.popDue(nowMs);
      if (backlog === undefined) break;
      if (!this.#mayEnter(backlog, nowMs)) continue;
      if (this.#lanes.isDoubtful(backlog.origin, nowMs)) doubtful.push(backlog);
      else chosen = backlog;
    }
    chosen ??= doubtful.shift();
    // Behind those that are looked at next.
    for (const backlog of doubtful) this.#ready.push(nowMs, backlog);
    if (chosen !== undefined) this.#enter(chosen, nowMs);
    return chosen;
  }

  /** False if the backlog's origin may not be visited now: then it waits for its time, or for a lane. */
  #mayEnter(backlog: Backlog, nowMs: number): boolean {
    const { origin } = backlog;
    const notBeforeMs = this.#lanes.notBeforeMs(origin);
    const limit = this.#lanes.limit(origin, this.options.hostConcurrency);
    if (notBeforeMs > nowMs) this.#ready.push(notBeforeMs, backlog);
    else if (this.#lanes.isTaken(origin, limit)) this.#waitForLane(backlog, limit);
    else return true;
    return false;
  }

  /** Least time between starts of requests to the origin. */
  #intervalMs(origin: string, nowMs: number): number {
    const { hostIntervalMs, robots } = this.options;
    return robots ? Math.max(hostIntervalMs, this.#lanes.intervals.of(origin, nowMs)) : hostIntervalMs;
  }

  #enter(backlog: Backlog, nowMs: number): void {
    const intervalMs = this.#intervalMs(backlog.origin, nowMs);
    backlog.offered = false;
    backlog.visits++;
    this.#lanes.enter(backlog.origin);
    if (intervalMs > 0) this.#lanes.hold(backlog.origin, nowMs + intervalMs);
    if (backlog.size > 1) this.#offer(backlog, nowMs);
  }

  trial(origin: string): Trial {
    return this.#lanes.trial(origin);
  }

  /** The lane's next entry; undefined when its backlog is empty, its origin asked for a pause, or the next one would start late because of an interval. */
  take(backlog: Backlog, nowMs: number, isFirst: boolean): Entry | undefined {
    if (!isFirst && (this.#lanes.isThrottled(backlog.origin) || this.#intervalMs(backlog.origin, nowMs) > 0)) return undefined;
    if (this.#counts.state === 'paused' || this.#lanes.notBeforeMs(backlog.origin) > nowMs) return undefined;
    const entry = backlog.take();
    if (entry !== undefined) this.#counts.inFlight++;
    return entry;
  }

  /** The interval to the next request to the entry's origin counts from here. */
  started(entry: Entry, intervalMs: number, nowMs: number): void {
    if (intervalMs > 0) this.#lanes.hold(entry.origin, nowMs + withGuard(intervalMs));
  }

  settle(entry: Entry, ending: Ending, nowMs: number): void {
    this.#counts.inFlight--;
    const isDone = ending.kind === 'outcome' || ending.kind === 'revisited';
    if (isDone || ending.kind === 'moved' || (ending.kind === 'retry' && !ending.unfetched)) this.#learn(entry.origin, ending, nowMs);
    if (isDone) {
      // It has its row, also if something other than its fetch made one of it.
      if (entry.revisit) this.#endRevisit();
      else if (ending.kind === 'outcome') this.#record(ending.outcome);
      if (ending.found !== undefined) this.#expand(entry, ending.found, nowMs);
    } else if (this.#counts.state === 'cancelled') {
      this.#cancelEntry(ending.kind === 'back' ? entry : ending.entry, nowMs);
    } else if (ending.kind === 'retry') {
      this.#counts.retries++;
      this.#due.push(nowMs + ending.afterMs, ending.entry);
      this.#onReady();
    } else {
      const next = ending.kind === 'moved' ? ending.entry : entry;
      const backlog = this.#backlog(next.origin);
      backlog.putBack(next);
      // One that moved waits since it was accepted, not since now: else a long list would be redirected in whole before its first row is there.
      this.#offer(backlog, ending.kind === 'moved' ? Math.min(nowMs, next.acceptedAtMs) : nowMs);
    }
  }

  #expand(page: Entry, { entries, leftOut }: FoundLinks, nowMs: number): void {
    if (this.#counts.state === 'cancelled') return;
    for (const reasons of [leftOut, this.push(page, entries, nowMs)])
      for (const [reason, links] of Object.entries(reasons)) this.#leftOut.set(reason, (this.#leftOut.get(reason) ?? 0) + links);
    this.#seen.expand(pageKey(page));
  }

  /** The least depth at which the entry's page is known by now. */
  depthOf(page: Entry): number {
    return this.#seen.depthOf(pageKey(page), page.depth);
  }

  /** Those links of a page in flight that are new join their backlogs. Gives how many were left out by the limits. May be repeated. */
  push(page: Entry, links: readonly Entry[], nowMs: number): Record<string, number> {
    const leftOut: Record<string, number> = {};
    if (this.#counts.state === 'cancelled') return leftOut;
    const depth = tracksDepth(this.options) ? this.depthOf(page) + 1 : undefined;
    for (const link of links) {
      const entry = depth === undefined || link.depth === depth ? link : { ...link, depth };
      const meeting = this.#seen.meet(entry);
      if (meeting === 'expanded nearer') this.#revisit(entry, nowMs);
      if (meeting !== 'new') continue;
      const hasRow = this.#logged?.classOf(rowKeyOf(entry)) !== undefined;
      const refusal = this.#limits.refusal(entry, this.#urls, hasRow);
      if (refusal === undefined) {
        this.#counts.discovered++;
        this.#join(entry, nowMs);
      } else {
        leftOut[refusal] = (leftOut[refusal] ?? 0) + 1;
      }
    }
    return leftOut;
  }

  /** URLs that the run has: those in the log too that were not met yet. */
  get #urls(): number {
    const { accepted, discovered } = this.#counts;
    return accepted + discovered - this.#revisits + (this.#logged?.entries ?? 0) - this.#loggedMet;
  }

  /** A new entry joins its backlog, unless it has its row in the log. */
  #join(entry: Entry, nowMs: number): void {
    this.#seen.add(entry);
    this.#limits.count(entry);
    const rowKey = rowKeyOf(entry);
    const settledAs = this.#logged?.classOf(rowKey);
    if (settledAs === undefined) {
      this.#append(entry, nowMs);
      return;
    }
    this.#loggedMet++;
    this.#counts.settled++;
    this.#counts[settledAs]++;
    if (entry.external || !this.#logged?.leadsOn(rowKey)) return;
    // What it led to is not known to an engine that is new. At the edge that is nothing, until a shorter way is found.
    if (entry.depth < this.options.depth) this.#revisit(entry, nowMs);
    else this.#seen.expand(entry.key);
  }

  #revisit(entry: Entry, nowMs: number): void {
    if (!isRepeatable(entry, this.options)) return;
    this.#counts.discovered++;
    this.#revisits++;
    this.#append(revisitOf(entry), nowMs);
  }

  #endRevisit(): void {
    this.#counts.discovered--;
    this.#revisits--;
  }

  #append(entry: Entry, nowMs: number): void {
    const backlog = this.#backlog(entry.origin);
    backlog.append(entry);
    this.#offer(backlog, nowMs);
  }

  #learn(origin: string, ending: Exclude<Ending, { kind: 'back' }>, nowMs: number): void {
    const { hostConcurrency } = this.options;
    if (ending.kind === 'moved' || ending.origin === undefined)
      this.#lanes.fetched(origin, ending.unreachable !== true, hostConcurrency, nowMs);
    else this.#lanes.asked(origin, ending.origin.holdMs, hostConcurrency, nowMs);
  }

  /** Gives the lane back. */
  leave(backlog: Backlog, nowMs: number): void {
    backlog.visits--;
    this.#lanes.leave(backlog.origin, nowMs);
    if (backlog.size > 0) this.#offer(backlog, nowMs);
    else if (!backlog.offered && backlog.visits === 0) this.#backlogs.delete(backlog.origin);
  }

  #backlog(origin: string): Backlog {
    let backlog = this.#backlogs.get(origin);
    if (backlog === undefined) {
      backlog = new Backlog(origin);
      this.#backlogs.set(origin, backlog);
    }
    return backlog;
  }

  #offer(backlog: Backlog, atMs: number): void {
    if (backlog.offered) return;
    backlog.offered = true;
    this.#ready.push(atMs, backlog);
    this.#onReady();
  }

  #waitForLane(backlog: Backlog, limit: number): void {
    this.#lanes.waitForLane(backlog.origin, {
      backlog,
      limit,
      offer: (waiting) => {
        waiting.offered = false;
        if (waiting.size > 0) this.#offer(waiting, 0);
      },
    });
  }

  #record(outcome: Outcome): void {
    this.#counts.settled++;
    this.#counts[verdictClass(outcome.verdict)]++;
    this.outcomes.append(formatOutcome(outcome));
  }
}
