import type { Outcome } from '../model/outcome.ts';
import { verdictClass } from '../model/verdict.ts';
import type { Marked } from './baseline.ts';
import { hostOf } from './row-words.ts';
import { type Figures, Tally } from './tally/tally.ts';

/** A report for people lists every row up to MAX_ROWS; beyond that only failures, up to MAX_FAILURES; and always the slowest and largest, MAX_EXTREMES of each. */
const MAX_ROWS = 10_000;
const MAX_FAILURES = 5_000;
const MAX_EXTREMES = 20;
/** Hosts that are counted separately; all further ones count as one. */
const MAX_HOSTS = 10_000;
/** Upper ends of the latency buckets, in milliseconds. A last bucket has everything above. */
const BUCKET_ENDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];

/** What reports for people are made from. */
export interface Digest {
  figures: Figures;
  /** Rows by latency, from the first bucket with any to the last. */
  latencies: readonly LatencyBucket[];
  /** In the order of the rows, but those that the baseline knows come last. Not all of them if there are very many: `figures.failed` counts all. */
  failures: readonly Marked<Outcome>[];
  /** Every row. Absent if there are too many. */
  rows?: readonly Marked<Outcome>[];
  slowest: readonly Marked<Outcome>[];
  largest: readonly Marked<Outcome>[];
  /** Those with most failures first, then those with most rows. */
  hosts: readonly HostFigures[];
}

interface LatencyBucket {
  fromMs: number;
  /** Infinity for the last. */
  toMs: number;
  rows: number;
}

interface HostFigures {
  /** Host and port; undefined for rows that are no URL, and for hosts beyond the number that is told apart. */
  host: string | undefined;
  rows: number;
  ok: number;
  failed: number;
  skipped: number;
  sizeBytes: number;
  /** Mean over the answers; absent if there was none. */
  meanMs?: number;
  maxMs?: number;
}

/** Folds outcomes into a digest, in memory that does not grow with their number. */
export class Digester {
  readonly #tally = new Tally();
  readonly #buckets = new Array<number>(BUCKET_ENDS_MS.length + 1).fill(0);
  readonly #failures: Marked<Outcome>[] = [];
  readonly #knownFailures: Marked<Outcome>[] = [];
  readonly #rows: Marked<Outcome>[] = [];
  readonly #slowest = new Extremes(answeredMs);
  readonly #largest = new Extremes((outcome) => outcome.sizeBytes);
  readonly #hosts = new Map<string | undefined, HostFigures & { latencies: number; sumMs: number }>();

  add(whole: Marked<Outcome>): void {
    const outcome = withoutLinks(whole);
    this.#tally.add(answeredMs(outcome) === undefined ? withoutLatency(outcome) : outcome);
    if (this.#rows.length <= MAX_ROWS) this.#rows.push(outcome);
    if (verdictClass(outcome.verdict) === 'failed') {
      const failures = outcome.baseline === 'known' ? this.#knownFailures : this.#failures;
      if (failures.length < MAX_FAILURES) failures.push(outcome);
    }
    this.#slowest.add(outcome);
    this.#largest.add(outcome);
    this.#addToHost(outcome);
    const latencyMs = answeredMs(outcome);
    if (latencyMs !== undefined) {
      const index = BUCKET_ENDS_MS.findIndex((endMs) => latencyMs <= endMs);
      const bucket = index === -1 ? BUCKET_ENDS_MS.length : index;
      this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    }
  }

  result(): Digest {
    return {
      figures: this.#tally.figures(),
      latencies: this.#latencies(),
      failures: [...this.#failures, ...this.#knownFailures].slice(0, MAX_FAILURES),
      ...(this.#rows.length <= MAX_ROWS && { rows: this.#rows }),
      slowest: this.#slowest.sorted(),
      largest: this.#largest.sorted(),
      hosts: [...this.#hosts.values()]
        .map(({ latencies, sumMs, ...host }) => ({ ...host, ...(latencies > 0 && { meanMs: sumMs / latencies }) }))
        .sort((a, b) => b.failed - a.failed || b.rows - a.rows),
    };
  }

  #addToHost(outcome: Outcome): void {
    const name = hostOf(outcome.url);
    const host = this.#hosts.has(name) || this.#hosts.size < MAX_HOSTS ? name : undefined;
    let figures = this.#hosts.get(host);
    if (figures === undefined) {
      figures = { host, rows: 0, ok: 0, failed: 0, skipped: 0, sizeBytes: 0, latencies: 0, sumMs: 0 };
      this.#hosts.set(host, figures);
    }
    figures.rows += 1;
    figures[verdictClass(outcome.verdict)] += 1;
    figures.sizeBytes += outcome.sizeBytes ?? 0;
    const latencyMs = answeredMs(outcome);
    if (latencyMs === undefined) return;
    figures.latencies += 1;
    figures.sumMs += latencyMs;
    figures.maxMs = Math.max(figures.maxMs ?? 0, latencyMs);
  }

  #latencies(): LatencyBucket[] {
    const buckets = this.#buckets.map((rows, index) => {
      return { fromMs: BUCKET_ENDS_MS[index - 1] ?? 0, toMs: BUCKET_ENDS_MS[index] ?? Number.POSITIVE_INFINITY, rows };
    });
    const first = buckets.findIndex(({ rows }) => rows > 0);
    const last = buckets.findLastIndex(({ rows }) => rows > 0);
    return first === -1 ? [] : buckets.slice(first, last + 1);
  }
}

/** How long an answer took. How long one was waited for that never came says nothing of the server's speed. */
function answeredMs({ status, latencyMs }: Outcome): number | undefined {
  return status === undefined ? undefined : latencyMs;
}

function withoutLatency({ latencyMs: _, ...rest }: Outcome): Outcome {
  return rest;
}

/** Rows are kept, and what a page tells of its links can be a hundred times as large as the rest. */
function withoutLinks(outcome: Marked<Outcome>): Marked<Outcome> {
  if (outcome.links === undefined && outcome.fragments === undefined) return outcome;
  const { linkKeys: _1, anchors: _2, fragments: _3, skippedLinks: _4, ...rest } = outcome;
  return rest;
}

/** The rows with the greatest values. */
class Extremes {
  readonly #measure: (outcome: Outcome) => number | undefined;
  #kept: Marked<Outcome>[] = [];
  #least = 0;

  constructor(measure: (outcome: Outcome) => number | undefined) {
    this.#measure = measure;
  }

  add(outcome: Marked<Outcome>): void {
    const value = this.#measure(outcome) ?? 0;
    if (value <= this.#least) return;
    this.#kept.push(outcome);
    if (this.#kept.length < 2 * MAX_EXTREMES) return;
    this.#kept = this.sorted();
    this.#least = this.#measure(this.#kept.at(-1) as Outcome) ?? 0;
  }

  sorted(): Marked<Outcome>[] {
    return [...this.#kept].sort((a, b) => (this.#measure(b) ?? 0) - (this.#measure(a) ?? 0)).slice(0, MAX_EXTREMES);
  }
}
