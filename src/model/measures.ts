import { channel } from 'node:diagnostics_channel';
import type { OutcomeError, RedirectHop, Timings } from './outcome.ts';
import type { Verdict } from './verdict.ts';

/**
 * A kind of event that metrics count or traces show. The parts of Trawl report events, and metrics and tracing subscribe
 * to them (docs/decisions/0040, 0053).
 */
export interface Measure<T> {
  /** True if there is a subscriber. If not, a caller can skip work that only serves the report. */
  readonly isWanted: boolean;
  report(event: T): void;
  /** Returns a function that unsubscribes. An error in `listener` ends the process. */
  subscribe(listener: (event: T) => void): () => void;
}

/**
 * The end of one fetch of an entry, with the parts of its result that are measured or traced. If it was aborted or
 * moved, there is only `kind`.
 */
export interface MeasuredFetch {
  kind: 'response' | 'failure' | 'moved' | 'aborted';
  latencyMs?: number;
  timings?: Timings;
  /** Bytes of the body as received. */
  wireBytes?: number;
  /** Bytes of the decoded body. */
  sizeBytes?: number;
  status?: number;
  error?: OutcomeError;
  remoteAddress?: string;
  httpVersion?: '2';
  redirects?: RedirectHop[];
}

/** An entry that has just left its visit, whether it was fetched or not. */
export interface LeftEntry {
  kind: 'outcome' | 'revisited' | 'retry' | 'moved' | 'back';
  /** Only for an outcome. */
  verdict?: Verdict;
  /** Of its next request. The URL may contain credentials. */
  url: string;
  method: string;
  /** Earlier fetches of it. */
  attempts: number;
  depth: number;
}

/** An action of a collector on the log of a run. */
export type LogStep =
  | { kind: 'opened' | 'closed' }
  /** Rows were appended that no checkpoint covers yet. */
  | { kind: 'appended' }
  /** A checkpoint was written. `isComplete`: it covers all rows that were appended. */
  | { kind: 'saved'; rows: number; bytes: number; tookMs: number; isComplete: boolean };

/** The events of this process. */
export const MEASURES = {
  fetchBegan: measure<undefined>('fetch-began'),
  fetchEnded: measure<MeasuredFetch>('fetch-ended'),
  /** An entry that this process fetched got its outcome. */
  settled: measure<Verdict>('settled'),
  retried: measure<undefined>('retried'),
  /** In the asynchronous context of its visit, like the two events about fetches. */
  left: measure<LeftEntry>('left'),
  /** A visit lost its entries to another one because its lock was not renewed in time. */
  visitLost: measure<undefined>('visit-lost'),
  /** A Lua script of the frontier ran on Redis. The time is from the call to the reply. */
  scriptRan: measure<{ script: string; tookMs: number }>('script-ran'),
  log: measure<{ run: string; step: LogStep }>('log'),
  /** The counters of a child process so far, as its metrics serialized them. Without `metrics`, the child has ended. */
  child: measure<{ child: object; metrics?: unknown[] }>('child'),
} as const;

/** Without a subscriber, a report costs only one comparison. */
function measure<T>(name: string): Measure<T> {
  const events = channel(`trawl:${name}`);
  return {
    get isWanted() {
      return events.hasSubscribers;
    },
    report: (event) => events.publish(event),
    subscribe: (listener) => {
      const onEvent = (event: unknown) => listener(event as T);
      events.subscribe(onEvent);
      return () => events.unsubscribe(onEvent);
    },
  };
}
