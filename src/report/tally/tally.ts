import { createHistogram } from 'node:perf_hooks';
import type { PlainRow } from '../../model/lines/plain-line.ts';
import { type Verdict, verdictClass } from '../../model/verdict.ts';
import type { BaselineFigures } from '../baseline.ts';
import { shownNumber } from '../shown-figures.ts';

/** What a set of outcomes comes to. `rows = ok + failed + skipped`. */
export interface Figures {
  rows: number;
  ok: number;
  failed: number;
  skipped: number;
  /** Rows by verdict; verdicts without a row are absent. */
  verdicts: Partial<Record<Verdict, number>>;
  /** Rows by final HTTP status; rows without a status are in none. */
  statuses: Record<string, number>;
  /** Decoded bodies, all together. */
  sizeBytes: number;
  /** Bodies as they came over the wire, all together. */
  wireBytes: number;
  /** Over the rows that have a latency; absent if there is none. */
  latencyMs?: LatencyFigures;
  /** Absent if the rows were not compared with a baseline. */
  baseline?: BaselineFigures;
}

/**
 * In milliseconds. A percentile is the latency of a row, by the nearest-rank method: p90 is the least latency that at least 90 % of the rows do not
 * exceed. Exact up to 10,000 rows with a latency; beyond that at most 1 % too high, and never too low. The maximum is always exact.
 */
interface LatencyFigures {
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

const LONGEST_LATENCY_US = 86_400_000_000;
/** So many latencies are kept as they are. They take 80 kB, and less than a millisecond to sort. */
const MOST_EXACT = 10_000;
/** p * n / 100 may come out this much above a whole number that it stands for, relative to it: binary fractions are not decimal ones. */
const ROUNDING = 1e-12;

/** Folds outcomes into figures, in memory that does not grow with their number. */
export class Tally {
  readonly #classes = { ok: 0, failed: 0, skipped: 0 };
  readonly #verdicts = new Map<Verdict, number>();
  readonly #statuses = new Map<number, number>();
  // High dynamic range with three significant figures: 27 ns a record, about 200 kB however many there are.
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
    if (this.#exactMs.length < MOST_EXACT) this.#exactMs.push(latencyMs);
    if (latencyMs > this.#maxLatencyMs) this.#maxLatencyMs = latencyMs;
  }

  /** The figures so far: a snapshot that later outcomes do not change. */
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
    if (count <= MOST_EXACT) return Float64Array.from(this.#exactMs).sort()[rank - 1];
    // The histogram rounds the rank that a percentage comes to. It answers with the highest value that it cannot tell from the one of that rank.
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

/** The next number with three significant figures that is not below. */
function threeFiguresUp(ms: number): number {
  const nearest = Number(ms.toPrecision(3));
  if (nearest >= ms) return nearest;
  const unit = 10 ** (Math.floor(Math.log10(ms)) - 2);
  return Number((nearest + unit).toPrecision(3));
}

/**
 * `Total: 3 URLs, 3 success, 0 failed`, with `, N skipped` if there are any, and `5 failed (2 known from the baseline)` if the baseline has some of the failures. Takes a run's books
 * as well as figures.
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
