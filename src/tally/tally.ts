import { createHistogram } from 'node:perf_hooks';
import type { Outcome } from '../core/outcome.ts';
import { type Verdict, verdictClass } from '../core/verdict.ts';

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
}

/** In milliseconds: percentiles to three significant figures, the maximum to a tenth. */
interface LatencyFigures {
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

const LONGEST_LATENCY_US = 86_400_000_000;

/** Folds outcomes into figures, in memory that does not grow with their number. */
export class Tally {
  readonly #classes = { ok: 0, failed: 0, skipped: 0 };
  readonly #verdicts = new Map<Verdict, number>();
  readonly #statuses = new Map<number, number>();
  // High dynamic range with three significant figures: 27 ns a record, about 200 kB however many there are.
  readonly #latencyUs = createHistogram({ lowest: 1, highest: LONGEST_LATENCY_US, figures: 3 });
  #sizeBytes = 0;
  #wireBytes = 0;
  #maxLatencyMs = 0;

  /** Counts one more outcome. */
  add(outcome: Outcome): void {
    const { verdict, status, latencyMs } = outcome;
    this.#classes[verdictClass(verdict)] += 1;
    this.#verdicts.set(verdict, (this.#verdicts.get(verdict) ?? 0) + 1);
    if (status !== undefined) this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    this.#sizeBytes += outcome.sizeBytes ?? 0;
    this.#wireBytes += outcome.wireBytes ?? 0;
    if (latencyMs === undefined) return;
    this.#latencyUs.record(Math.min(LONGEST_LATENCY_US, Math.max(1, Math.round(latencyMs * 1_000))));
    if (latencyMs > this.#maxLatencyMs) this.#maxLatencyMs = latencyMs;
  }

  /** The figures so far: a snapshot that later outcomes do not change. */
  figures(): Figures {
    const { ok, failed, skipped } = this.#classes;
    return {
      rows: ok + failed + skipped,
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

  /** A percentile from above 0 to 100, which is the maximum; undefined if no row has a latency. */
  latencyMs(percentile: number): number | undefined {
    if (this.#latencyUs.count === 0) return undefined;
    const max = Math.round(this.#maxLatencyMs * 10) / 10;
    if (percentile >= 100) return max;
    // Rounded, a percentile can come out above the longest latency there was.
    return Math.min(Number((this.#latencyUs.percentile(Math.max(percentile, Number.MIN_VALUE)) / 1_000).toPrecision(3)), max);
  }

  #latencies(): LatencyFigures {
    const figure = (percentile: number) => this.latencyMs(percentile) as number;
    return { p50: figure(50), p90: figure(90), p99: figure(99), max: figure(100) };
  }
}
