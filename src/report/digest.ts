import type { Outcome } from '../model/outcome.ts';
import { verdictClass } from '../model/verdict.ts';
import type { Marked } from './baseline.ts';
import { hostOf } from './row-words.ts';
import { type Figures, Tally } from './tally/tally.ts';

/** A report for people lists every row if there are at most MAX_ROWS. Otherwise it lists only failures, at most MAX_FAILURES, and the slowest and largest rows, MAX_EXTREMES of each. */
const MAX_ROWS = 10_000;
const MAX_FAILURES = 5_000;
const MAX_EXTREMES = 20;
/** Hosts that are counted separately. All further hosts share one entry. */
const MAX_HOSTS = 10_000;
/** Upper ends of the latency buckets, in milliseconds. One more bucket has everything above the last. */
const BUCKET_ENDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];

/** What HTML and Markdown reports are made from. */
export interface Digest {
  figures: Figures;
  /** Rows by latency, from the first bucket that has rows to the last that has. */
  latencies: readonly LatencyBucket[];
  /** In the order of the rows, except that failures known from the baseline come last. At most MAX_FAILURES; `figures.failed` counts all. */
  failures: readonly Marked<Outcome>[];
  /** Every row. Absent if there are more than MAX_ROWS. */
  rows?: readonly Marked<Outcome>[];
  slowest: readonly Marked<Outcome>[];
  largest: readonly Marked<Outcome>[];
  /** Sorted by failures, then by rows, in descending order. */
  hosts: readonly HostFigures[];
}

interface LatencyBucket {
  fromMs: number;
  /** Infinity for the last bucket. */
  toMs: number;
  rows: number;
}

interface HostFigures {
  /** Host and port. Undefined for rows whose URL is invalid, and for all hosts beyond MAX_HOSTS. */
  host: string | undefined;
  rows: number;
  ok: number;
  failed: number;
  skipped: number;
  sizeBytes: number;
  /** Mean over the rows with an answer; absent if there are none. */
  meanMs?: number;
  maxMs?: number;
}

/** Folds outcomes into a digest. Memory is bounded, however many outcomes there are. */
export class Digester {
  readonly #tally = new Tally();
  readonly #buckets = new Array<number>(BUCKET_ENDS_MS.length + 1).fill(0);
  readonly #failures: Marked<Outcome>[] = [];
  readonly #knownFailures: Marked<Outcome>[] = [];
  /** Undefined once there are more than MAX_ROWS, so that they do not take memory. */
  #rows: Marked<Outcome>[] | undefined = [];
  readonly #slowest = new Extremes(answeredMs);
  readonly #largest = new Extremes((outcome) => outcome.sizeBytes);
  readonly #hosts = new Map<string | undefined, HostFigures & { latencies: number; sumMs: number }>();

  add(whole: Marked<Outcome>): void {
    const outcome = withoutLinks(whole);
    this.#tally.add(answeredMs(outcome) === undefined ? withoutLatency(outcome) : outcome);
    if (this.#rows?.length === MAX_ROWS) this.#rows = undefined;
    this.#rows?.push(outcome);
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
      ...(this.#rows !== undefined && { rows: this.#rows }),
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

/** The latency of a row with an answer. Without an answer, the time only says how long Trawl waited, not how fast the server is. */
function answeredMs({ status, latencyMs }: Outcome): number | undefined {
  return status === undefined ? undefined : latencyMs;
}

function withoutLatency({ latencyMs: _, ...rest }: Outcome): Outcome {
  return rest;
}

/** Drops what a row says about the links of its page. It can be a hundred times as large as the rest, and many rows are kept. */
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
