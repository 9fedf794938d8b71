import { createHistogram } from 'node:perf_hooks';
import type { PlainRow } from '../../model/lines/plain-line.ts';
import { type Verdict, verdictClass } from '../../model/verdict.ts';
import type { BaselineFigures } from '../baseline.ts';
import { shownNumber } from '../shown-figures.ts';

/** The counts and totals of a set of outcomes. `rows = ok + failed + skipped`. */
export interface Figures {
  rows: number;
  ok: number;
  failed: number;
  skipped: number;
  /** Rows by verdict; verdicts without a row are absent. */
  verdicts: Partial<Record<Verdict, number>>;
  /** Rows by final HTTP status. Rows without a status are not counted here. */
  statuses: Record<string, number>;
  /** Total size of the decoded bodies. */
  sizeBytes: number;
  /** Total size of the bodies as they were transferred. */
  wireBytes: number;
  /** Over the rows that have a latency; absent if there is none. */
  latencyMs?: LatencyFigures;
  /** Absent if the rows were not compared with a baseline. */
  baseline?: BaselineFigures;
}

/**
 * Latencies in milliseconds. Percentiles use the nearest-rank method, so each is the latency of a row: p90 is the lowest latency that at least 90 % of the rows do not
 * exceed. Percentiles are exact up to 10,000 rows with a latency; beyond that they are at most 1 % too high and never too low. The maximum is always exact.
 */
interface LatencyFigures {
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

const LONGEST_LATENCY_US = 86_400_000_000;
/** Up to this many latencies are kept exactly. They take 80 kB, and less than a millisecond to sort. */
const MAX_EXACT = 10_000;
/** Relative rounding error allowed in p * n / 100: in binary it can come out slightly above the whole number that it should be. */
const ROUNDING = 1e-12;

/** Folds outcomes into figures. Memory is bounded, however many outcomes there are. */
export class Tally {
  readonly #classes = { ok: 0, failed: 0, skipped: 0 };
  readonly #verdicts = new Map<Verdict, number>();
  readonly #statuses = new Map<number, number>();
  // An HDR histogram with three significant figures: 27 ns a record, about 200 kB however many there are.
  readonly #latencyUs = createHistogram({ lowest: 1, highest: LONGEST_LATENCY_US, figures: 3 });
  readonly #exactMs: number[] = [];
  #sizeBytes = 0;
  #wireBytes = 0;
  #maxLatencyMs = 0;

  /** How many outcomes were counted. */
  get rows(): number {
    const { ok, failed, skipped } = this.#classes;
    return ok + failed + skipped;
  }

  /** Counts one more outcome. */
  add(outcome: PlainRow): void {
    const { verdict, status, latencyMs } = outcome;
    this.#classes[verdictClass(verdict)] += 1;
    this.#verdicts.set(verdict, (this.#verdicts.get(verdict) ?? 0) + 1);
    if (status !== undefined) this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    this.#sizeBytes += outcome.sizeBytes ?? 0;
    this.#wireBytes += outcome.wireBytes ?? 0;
    if (latencyMs === undefined) return;
    this.#latencyUs.record(Math.min(LONGEST_LATENCY_US, Math.max(1, Math.round(latencyMs * 1_000))));
    if (this.#exactMs.length < MAX_EXACT) this.#exactMs.push(latencyMs);
    if (latencyMs > this.#maxLatencyMs) this.#maxLatencyMs = latencyMs;
  }

  /** The figures so far, as a snapshot: later outcomes do not change it. */
  figures(): Figures {
    const { ok, failed, skipped } = this.#classes;
    return {
      rows: this.rows,
      ok,
      failed,
      skipped,
      verdicts: Object.fromEntries([...this.#verdicts].sort(([, a], [, b]) => b - a)),
      statuses: Object.fromEntries(this.#statuses),
      sizeBytes: this.#sizeBytes,
      wireBytes: this.#wireBytes,
      ...(this.#latencyUs.count > 0 && { latencyMs: this.#latencies() }),
    };
  }

  /** A percentile from 0 to 100, by nearest rank: see `LatencyFigures` for how exact it is. Undefined if no row has a latency. */
  latencyMs(percentile: number): number | undefined {
    const { count } = this.#latencyUs;
    if (count === 0) return undefined;
    if (percentile >= 100) return this.#maxLatencyMs;
    const rank = nearestRank(percentile, count);
    if (count <= MAX_EXACT) return Float64Array.from(this.#exactMs).sort()[rank - 1];
    // The histogram takes a percentage and rounds it to a rank. It returns the highest value in the bucket of that rank.
    const atMostMs = this.#latencyUs.percentile((rank / count) * 100) / 1_000;
    return Math.min(threeFiguresUp(atMostMs), this.#maxLatencyMs);
  }

  #latencies(): LatencyFigures {
    const figure = (percentile: number) => this.latencyMs(percentile) as number;
    return { p50: figure(50), p90: figure(90), p99: figure(99), max: figure(100) };
  }
}

/** The rank, from 1, of the row whose latency is the percentile: the first that has at least `percentile` % of the rows at or before it. */
function nearestRank(percentile: number, count: number): number {
  const exact = (percentile * count) / 100;
  return Math.max(1, Math.ceil(exact * (1 - ROUNDING)));
}

/** Rounds up to three significant figures. */
function threeFiguresUp(ms: number): number {
  const nearest = Number(ms.toPrecision(3));
  if (nearest >= ms) return nearest;
  const unit = 10 ** (Math.floor(Math.log10(ms)) - 2);
  return Number((nearest + unit).toPrecision(3));
}

/**
 * `Total: 3 URLs, 3 success, 0 failed`. Adds `, N skipped` if there are any, and writes `5 failed (2 known from the baseline)` if the baseline has some of the failures. Accepts the books of
 * a run as well as figures.
 */
export function totalLine(counts: Pick<Figures, 'rows' | 'ok' | 'failed' | 'skipped' | 'baseline'>): string {
  const { rows, ok, failed, skipped, baseline } = counts;
  const known = baseline === undefined || baseline.known === 0 ? '' : ` (${baseline.known} known from the baseline)`;
  return `Total: ${rows} URLs, ${ok} success, ${failed} failed${known}${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** `Baseline: 2 known failures, 1 new, 3 fixed, 1 no longer in the run`. Empty without a baseline. */
export function baselineNotes({ baseline }: Pick<Figures, 'baseline'>): string[] {
  if (baseline === undefined) return [];
  const { known, new: added, fixed, gone } = baseline;
  const parts = [
    `${shownNumber(known)} known failure${known === 1 ? '' : 's'}`,
    `${shownNumber(added)} new`,
    `${shownNumber(fixed)} fixed`,
    ...(gone > 0 ? [`${shownNumber(gone)} no longer in the run`] : []),
  ];
  return [`Baseline: ${parts.join(', ')}`];
}
