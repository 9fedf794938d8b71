import type { Verdict } from './verdict.ts';

/** A verdict of a URL, or a link into a page to a place that is not there. */
export type FailureKind = Verdict | 'fragments';

/** What makes a run fail (exit 2), beyond its being there in whole. */
export interface Gates {
  /** What counts as a failure. */
  failOn: ReadonlySet<FailureKind>;
  /** So many failures, or such a part of the rows, may be there. */
  maxFailures: FailureLimit;
  /** Each latency figure may be so high. */
  maxLatency: readonly LatencyLimit[];
}

export type FailureLimit = { kind: 'count'; count: number } | { kind: 'percent'; percent: number };

export interface LatencyLimit {
  /** As it was written, such as `p95` or `max`. */
  name: string;
  /** Of the rows, from 0 to 100; the maximum is 100. */
  percentile: number;
  limitMs: number;
}
