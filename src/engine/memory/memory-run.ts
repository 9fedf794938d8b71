import { hash } from 'node:crypto';
import type { Entry } from '../../model/entry.ts';
import { ConflictError } from '../../model/errors.ts';
import { formatOutcome } from '../../model/lines/outcome-line.ts';
import { tracksDepth } from '../../model/link-options.ts';
import type { Outcome } from '../../model/outcome.ts';
import { isRepeatable } from '../../model/request-spec.ts';
import type { RunId } from '../../model/run-id.ts';
import type { RunOptions } from '../../model/run-options.ts';
import { cancelledOutcome } from '../../model/unfetched-outcome.ts';
import type { Trial } from '../../model/unreachable-origin.ts';
import { verdictClass } from '../../model/verdict.ts';
import type { Batch } from '../batch.ts';
import type { Ending, FoundLinks } from '../ending.ts';
import type { WaitingOrigin } from '../facts.ts';
import { batchContent, readBatch } from '../read-batch.ts';
import { withGuard } from '../rules/interval-guard.ts';
import { type LoggedRows, rowKeyOf } from '../rules/logged-rows.ts';
import { pageKey, revisitOf } from '../rules/revisit.ts';
import type { RunCounts } from '../run-counts.ts';
import type { Backlog } from './backlog.ts';
import { ChunkStore } from './chunk-store.ts';
import { Frontier, type FrontierLimits, type Lane } from './frontier.ts';
import { LinkLimits } from './link-limits.ts';
import type { OriginLanes } from './origin-lanes.ts';
import { OutcomeLog } from './outcome-log.ts';
import { SeenSet } from './seen-set.ts';

interface MemoryRunLimits {
  /** With this many outcomes not collected, visits wait. */
  maxUnreleased: number;
  /** The file for waiting entries that do not fit into memory. Without it, they stay in memory. */
  overflowFile?: string;
  frontier: FrontierLimits;
}

/**
 * One run: its counts, the URLs that it has seen, its waiting entries and its outcomes. An entry is in exactly one place:
 *
 *     submit ──► frontier ──take──► in flight ──settle──► outcomes
 *                 ▲ ▲                 │ │
 *                 │ ├─ back, retry ───┤ │
 *                 │ └─ moved ─────────┘ │   (to the backlog of another origin)
 *                 └────── links ────────┘
 */
export class MemoryRun {
  readonly id: RunId;
  readonly options: RunOptions;
  readonly outcomes: OutcomeLog;
  readonly #lanes: OriginLanes;
  readonly #store: ChunkStore;
  readonly #frontier: Frontier;
  /** Called when something may have become ready. */
  readonly #onReady: () => void;
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
  /** Discovered entries that are revisits, and so get no outcome. */
  #revisits = 0;
  /** Rows of a log that an earlier process wrote. */
  #logged: LoggedRows | undefined;
  /** How many of them were rows of entries when they were restored, and how many of those were met since. */
  #loggedEntries = 0;
  #loggedMet = 0;
  #isRemoved = false;

  constructor(
    id: RunId,
    options: RunOptions,
    { maxUnreleased, overflowFile, frontier }: MemoryRunLimits,
    lanes: OriginLanes,
    onReady: () => void,
  ) {
    this.id = id;
    this.options = options;
    this.outcomes = new OutcomeLog(id, maxUnreleased);
    this.#lanes = lanes;
    this.#store = new ChunkStore(overflowFile, frontier);
    this.#frontier = new Frontier(options, lanes, this.#store, onReady, frontier.mostBacklogs);
    this.#onReady = onReady;
    this.#seen = new SeenSet(options);
    this.#limits = new LinkLimits(options);
  }

  /** The number of waiting entries. */
  get waiting(): number {
    const { accepted, discovered, settled, inFlight } = this.#counts;
    return accepted + discovered - settled - inFlight;
  }

  get ended(): boolean {
    const { sealedAt, accepted, discovered, settled, inFlight } = this.#counts;
    if (this.#isRemoved) return inFlight === 0;
    return sealedAt !== undefined && this.#batchDigests.size === sealedAt && settled === accepted + discovered;
  }

  /** The least time that the waiting entries take because of the interval, in milliseconds. */
  get leastMs(): number {
    const { hostIntervalMs } = this.options;
    return hostIntervalMs === 0 ? 0 : this.#frontier.longest * hostIntervalMs;
  }

  counts(): RunCounts {
    const leftOut = Object.fromEntries(this.#leftOut);
    return { ...this.#counts, leftOut, unreleased: this.outcomes.unreleased, batches: this.#batchDigests.size, ended: this.ended };
  }

  /** Entries with one of these rows count as settled when they are submitted or found. */
  restore(rows: LoggedRows): void {
    // Remember the number now, because the caller adds the rows of this engine, which are counted when they are met.
    if (this.#logged === undefined) this.#loggedEntries = rows.entries;
    this.#logged = rows;
  }

  submit(batch: Batch, nowMs: number): void {
    const digest = hash('sha1', batchContent(batch), 'hex');
    const known = this.#batchDigests.get(batch.number);
    if (known === digest) return;
    if (known !== undefined) throw new ConflictError(`batch ${batch.number} of run ${this.id} was submitted before with other lines`);
    const { sealedAt, state } = this.#counts;
    if (sealedAt !== undefined && batch.number >= sealedAt) {
      // Its producer need not know, as on Redis.
      if (state === 'cancelled') return;
      throw new ConflictError(`run ${this.id} is sealed at ${sealedAt} batches: batch ${batch.number} comes too late`);
    }
    this.#batchDigests.set(batch.number, digest);
    const { entries, invalid } = readBatch(this.id, batch, this.options, Math.round(nowMs), 'allow');
    this.#counts.submitted += entries.length + invalid.length;
    for (const entry of entries) {
      const meeting = this.#seen.meet(entry);
      if (meeting === 'new') {
        this.#counts.accepted++;
        this.#join(entry, nowMs);
      } else {
        this.#counts.duplicates++;
        if (meeting === 'expanded') this.#revisit(entry, nowMs);
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

  /** Seals the run. Waiting entries get the outcome `cancelled`: as many as the log has room for now, the others in `cancelWaiting`. */
  cancel(nowMs: number): void {
    this.#counts.state = 'cancelled';
    this.#counts.sealedAt ??= this.#batchDigests.size;
    this.cancelWaiting(nowMs);
  }

  /** Gives waiting entries of a cancelled run their outcome while the log has room. Called when there is more room. */
  cancelWaiting(nowMs: number): void {
    if (this.#counts.state !== 'cancelled' || this.#isRemoved) return;
    while (!this.outcomes.isFull) {
      const entry = this.#frontier.takeAny();
      if (entry === undefined) return;
      this.#cancelEntry(entry, nowMs);
    }
  }

  /** Forgets what waits and gives no more visits. The run has ended when its visits have. */
  remove(): void {
    this.#counts.state = 'cancelled';
    this.#isRemoved = true;
    this.#store.close();
  }

  #cancelEntry(entry: Entry, nowMs: number): void {
    if (entry.revisit) this.#endRevisit();
    else this.#record(cancelledOutcome(this.id, entry, this.options, nowMs));
  }

  /** When something can be ready next. In the past if something is ready now, Infinity if nothing waits for a time. */
  get nextReadyMs(): number {
    return this.#counts.state === 'open' ? this.#frontier.nextReadyMs : Number.POSITIVE_INFINITY;
  }

  readyOrigins(nowMs: number): number {
    return this.#frontier.readyOrigins(nowMs);
  }

  waitingOrigins(most: number, nowMs: number): WaitingOrigin[] {
    return this.#frontier.waitingOrigins(most, nowMs);
  }

  /** Takes a lane of an origin that may be visited now. Undefined if there is none. `take` then takes its entries, one by one. */
  checkout(nowMs: number): Lane | undefined {
    return this.#counts.state === 'open' ? this.#frontier.checkout(nowMs) : undefined;
  }

  trial(origin: string, nowMs: number): Trial {
    return this.#lanes.trial(origin, nowMs);
  }

  /** The lane's next entry, as in `Frontier.take`. None while the run is paused. */
  take(backlog: Backlog, nowMs: number, isFirst: boolean): Entry | undefined {
    if (this.#counts.state !== 'open') return undefined;
    const entry = this.#frontier.take(backlog, nowMs, isFirst);
    if (entry !== undefined) this.#counts.inFlight++;
    return entry;
  }

  /** The interval to the next request to the entry's origin counts from here. */
  started(entry: Entry, intervalMs: number, nowMs: number): void {
    if (intervalMs > 0) this.#lanes.hold(entry.origin, nowMs + withGuard(intervalMs));
  }

  /** Ends the backlog's turn: the visit has sent its request, or will not send one. */
  endTurn({ origin }: Backlog): void {
    this.#lanes.endTurn(origin);
  }

  settle(entry: Entry, ending: Ending, nowMs: number): void {
    this.#counts.inFlight--;
    const isDone = ending.kind === 'outcome' || ending.kind === 'revisited';
    if (isDone || ending.kind === 'moved' || (ending.kind === 'retry' && !ending.unfetched)) this.#learn(entry.origin, ending, nowMs);
    if (isDone) {
      // It already has its row, whatever its outcome now is.
      if (entry.revisit) this.#endRevisit();
      else if (ending.kind === 'outcome') this.#record(ending.outcome, ending.line);
      if (ending.found !== undefined) this.#expand(entry, ending.found, nowMs);
    } else if (this.#counts.state === 'cancelled') {
      this.#cancelEntry(ending.kind === 'back' ? entry : ending.entry, nowMs);
    } else if (ending.kind === 'retry') {
      if (!ending.unfetched) this.#counts.retries++;
      this.#frontier.retry(ending.entry, nowMs + ending.afterMs);
    } else {
      const next = ending.kind === 'moved' ? ending.entry : entry;
      // A moved entry keeps the time at which it was accepted. Otherwise a long list would be redirected as a whole
      // before its first row is there.
      this.#frontier.putBack(next, ending.kind === 'moved' ? Math.min(nowMs, next.acceptedAtMs) : nowMs);
    }
  }

  #expand(page: Entry, { entries, leftOut }: FoundLinks, nowMs: number): void {
    if (this.#counts.state === 'cancelled') return;
    for (const reasons of [leftOut, this.push(page, entries, nowMs)])
      for (const [reason, links] of Object.entries(reasons)) this.#leftOut.set(reason, (this.#leftOut.get(reason) ?? 0) + links);
    this.#seen.expand(pageKey(page));
  }

  /** The least depth at which the entry's page is known now. */
  depthOf(page: Entry): number {
    return this.#seen.depthOf(pageKey(page), page.depth);
  }

  /** Adds the new links of a page in flight to their backlogs. Returns how many the limits left out. May be repeated. */
  push(page: Entry, links: readonly Entry[], nowMs: number): Record<string, number> {
    const leftOut: Record<string, number> = {};
    if (this.#counts.state === 'cancelled') return leftOut;
    const depth = tracksDepth(this.options) ? this.depthOf(page) + 1 : undefined;
    for (const link of links) {
      const entry = depth === undefined || link.depth === depth ? link : { ...link, depth };
      const meeting = this.#seen.meet(entry);
      if (meeting === 'expanded') this.#revisit(entry, nowMs);
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

  /** The number of the run's URLs, including those in the log that were not met yet. */
  get #urls(): number {
    const { accepted, discovered } = this.#counts;
    return accepted + discovered - this.#revisits + this.#loggedEntries - this.#loggedMet;
  }

  /** Adds a new entry to its backlog, unless it has its row in the log. */
  #join(entry: Entry, nowMs: number): void {
    this.#seen.add(entry);
    this.#limits.count(entry);
    const rowKey = rowKeyOf(entry);
    const settledAs = this.#logged?.classOf(rowKey);
    if (settledAs === undefined) {
      this.#frontier.append(entry, nowMs);
      return;
    }
    this.#loggedMet++;
    this.#counts.settled++;
    this.#counts[settledAs]++;
    if (entry.external || !this.#logged?.hasLinks(rowKey)) return;
    // A new engine does not know the links of the page. At the greatest depth it needs none, until a shorter way is found.
    if (entry.depth < this.options.depth) this.#revisit(entry, nowMs);
    else this.#seen.expand(entry.key);
  }

  #revisit(entry: Entry, nowMs: number): void {
    if (!isRepeatable(entry, this.options)) return;
    this.#counts.discovered++;
    this.#revisits++;
    this.#frontier.append(revisitOf(entry), nowMs);
  }

  #endRevisit(): void {
    this.#counts.discovered--;
    this.#revisits--;
  }

  #learn(origin: string, ending: Exclude<Ending, { kind: 'back' }>, nowMs: number): void {
    const { hostConcurrency } = this.options;
    if (ending.kind === 'moved' || ending.origin === undefined)
      this.#lanes.fetched(origin, ending.unreachable !== true, hostConcurrency, nowMs);
    else this.#lanes.asked(origin, ending.origin.holdMs, hostConcurrency, nowMs);
  }

  /** Gives the lane back. */
  leave(backlog: Backlog, nowMs: number): void {
    this.#frontier.leave(backlog, nowMs);
  }

  #record(outcome: Outcome, line = formatOutcome(outcome)): void {
    this.#counts.settled++;
    this.#counts[verdictClass(outcome.verdict)]++;
    this.outcomes.append(line);
  }
}
