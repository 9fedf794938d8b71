import { channel } from 'node:diagnostics_channel';
import type { Timings } from './outcome.ts';
import type { Verdict } from './verdict.ts';

/** One kind of event that metrics count. The parts report it, and whoever measures subscribes (docs/decisions/0040). */
export interface Measure<T> {
  /** Somebody subscribed. If not, a caller skips what reporting would cost. */
  readonly isWanted: boolean;
  report(event: T): void;
  /** Returns the function that unsubscribes. An error in `listener` ends the process. */
  subscribe(listener: (event: T) => void): () => void;
}

/** How one fetch of an entry ended: the part of a fetch result that is measured. `latencyMs` and `timings` are absent if nothing came of it. */
export interface MeasuredFetch {
  kind: 'response' | 'failure' | 'moved' | 'aborted';
  latencyMs?: number;
  timings?: Timings;
  /** Body as it came over the wire. */
  wireBytes?: number;
  /** Decoded body. */
  sizeBytes?: number;
}

/** What a collector did with the log of a run. */
export type LogStep =
  | { kind: 'opened' | 'closed' }
  /** Rows were added that no checkpoint covers yet. */
  | { kind: 'appended' }
  /** A checkpoint was made. `isComplete`: it covers every row that was appended. */
  | { kind: 'saved'; rows: number; bytes: number; tookMs: number; isComplete: boolean };

/** Events of this process. */
export const MEASURES = {
  fetchBegan: measure<undefined>('fetch-began'),
  fetchEnded: measure<MeasuredFetch>('fetch-ended'),
  /** An entry that was fetched here got its outcome. */
  settled: measure<Verdict>('settled'),
  retried: measure<undefined>('retried'),
  /** A visit lost its entries to another: its lock was not renewed in time. */
  visitLost: measure<undefined>('visit-lost'),
  /** A Lua script of the frontier ran on Redis. The time is from the call to the reply. */
  scriptRan: measure<{ script: string; tookMs: number }>('script-ran'),
  log: measure<{ run: string; step: LogStep }>('log'),
  /** What a child process has counted so far, as its metrics wrote it; without `metrics`, the child has ended. */
  child: measure<{ child: object; metrics?: unknown[] }>('child'),
} as const;

/** Without a subscriber, a report costs one comparison. */
function measure<T>(name: string): Measure<T> {
  const own = channel(`trawl:${name}`);
  return {
    get isWanted() {
      return own.hasSubscribers;
    },
    report: (event) => own.publish(event),
    subscribe: (listener) => {
      const hear = (event: unknown) => listener(event as T);
      own.subscribe(hear);
      return () => own.unsubscribe(hear);
    },
  };
}
