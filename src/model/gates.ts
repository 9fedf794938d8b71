import type { Verdict } from './verdict.ts';

/**
 * What can count as a failure: a verdict, or `fragments`, which is a link to a fragment that its page does not
 * have.
 */
export type FailureKind = Verdict | 'fragments';

/** The conditions under which a complete run fails (exit 2). */
export interface Gates {
  /** The kinds of failure that count. */
  failOn: ReadonlySet<FailureKind>;
  /** The number or percentage of failures that is still allowed. */
  maxFailures: FailureLimit;
  /** Upper limits for latency figures. */
  maxLatency: readonly LatencyLimit[];
}

export type FailureLimit = { kind: 'count'; count: number } | { kind: 'percent'; percent: number };

export interface LatencyLimit {
  /** The name as the user wrote it, such as `p95` or `max`. */
  name: string;
  /** The percentile, from 0 to 100; the maximum is 100. */
  percentile: number;
  limitMs: number;
}
