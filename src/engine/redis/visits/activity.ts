import type { Outcome } from '../../../model/outcome.ts';
import type { RunId } from '../../../model/run-id.ts';
import { verdictClass } from '../../../model/verdict.ts';
import { LATENCY_BOUNDS_MS, type RecentFailure, type WorkerActivity } from '../../facts.ts';

/** The histogram covers the last minute, in slices. */
const SLICES = 6;
const SLICE_MS = 10_000;
const MAX_FAILURES = 5;
/** Longer texts are cut: every viewer reads them every second. */
const MAX_CHARS = 300;

/**
 * What a worker process has done lately. It is reported once a second, with the worker's heartbeat. Recording an outcome
 * costs one increment.
 */
export class Activity {
  readonly #busy: () => number;
  readonly #nowMs: () => number;
  /** Counts for each range of LATENCY_BOUNDS_MS; the current slice is the last. */
  #slices = Array.from({ length: SLICES }, emptySlice);
  #sliceEndsMs: number;
  #failures: RecentFailure[] = [];

  /** @param busy requests and waits that occupy a slot now */
  constructor(busy: () => number, nowMs: () => number = () => performance.now()) {
    this.#busy = busy;
    this.#nowMs = nowMs;
    this.#sliceEndsMs = nowMs() + SLICE_MS;
  }

  record(run: RunId, outcome: Outcome): void {
    const { latencyMs, verdict } = outcome;
    if (latencyMs !== undefined) {
      const slice = this.#slices[SLICES - 1] as number[];
      const range = rangeOf(latencyMs);
      slice[range] = (slice[range] as number) + 1;
    }
    if (verdictClass(verdict) !== 'failed') return;
    const { url, status, error, finishedAt } = outcome;
    const reason = error?.message;
    this.#failures.push({
      run,
      url: url.slice(0, MAX_CHARS),
      verdict,
      at: finishedAt,
      ...(status !== undefined && { status }),
      ...(reason !== undefined && { reason: reason.slice(0, MAX_CHARS) }),
    });
    if (this.#failures.length > MAX_FAILURES) this.#failures.shift();
  }

  report(): WorkerActivity {
    this.#turnSlices();
    const latency = emptySlice().map((_, range) => this.#slices.reduce((sum, slice) => sum + (slice[range] as number), 0));
    return { busy: this.#busy(), latency, failures: this.#failures };
  }

  #turnSlices(): void {
    const nowMs = this.#nowMs();
    const passed = nowMs < this.#sliceEndsMs ? 0 : 1 + Math.floor((nowMs - this.#sliceEndsMs) / SLICE_MS);
    if (passed === 0) return;
    this.#sliceEndsMs += passed * SLICE_MS;
    const fresh = Array.from({ length: Math.min(passed, SLICES) }, emptySlice);
    this.#slices = [...this.#slices, ...fresh].slice(-SLICES);
  }
}

function emptySlice(): number[] {
  return Array.from({ length: LATENCY_BOUNDS_MS.length + 1 }, () => 0);
}

/** Index of the first bound that is not below the latency; the last range has no bound. */
function rangeOf(latencyMs: number): number {
  let range = 0;
  while (range < LATENCY_BOUNDS_MS.length && latencyMs > (LATENCY_BOUNDS_MS[range] as number)) range++;
  return range;
}

/** Reads what a worker reported. Undefined for a text that is not a report: another version may have written it. */
export function parseActivity(text: string | null): WorkerActivity | undefined {
  if (text === null) return undefined;
  try {
    const { busy, latency, failures } = JSON.parse(text) as WorkerActivity;
    const isWhole = Number.isInteger(busy) && Array.isArray(failures) && Array.isArray(latency);
    return isWhole && latency.length === LATENCY_BOUNDS_MS.length + 1 ? { busy, latency, failures } : undefined;
  } catch {
    return undefined;
  }
}
