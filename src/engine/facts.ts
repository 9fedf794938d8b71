import type { RunId } from '../model/run-id.ts';
import type { Verdict } from '../model/verdict.ts';

export interface EngineFacts {
  workers: readonly LiveWorker[];
  collectors: readonly LiveCollector[];
  /** Absent for the memory engine. */
  redis?: RedisFacts;
}

/** A process that works on the engine. */
export interface LiveWorker {
  name: string;
  /** The most visits at a time. */
  slots: number;
  /** Milliseconds since its last report; workers report once a second. Absent for the memory engine. */
  seenMsAgo?: number;
  /** Absent for the memory engine, and until the first report. */
  activity?: WorkerActivity;
}

/** What a worker has done lately. */
export interface WorkerActivity {
  /** Slots that have a visit. */
  busy: number;
  /** Outcomes of the last minute by latency: one count for each of LATENCY_BOUNDS_MS, and one for those above the last. */
  latency: readonly number[];
  /** The last few URLs that failed, oldest first. */
  failures: readonly RecentFailure[];
}

/** Upper bounds of the ranges of `WorkerActivity.latency`, in milliseconds. */
export const LATENCY_BOUNDS_MS: readonly number[] = [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

/** A URL that failed. Long texts are cut. */
export interface RecentFailure {
  run: RunId;
  url: string;
  verdict: Verdict;
  status?: number;
  /** The message of the error, if there was one. */
  reason?: string;
  /** ISO 8601 in UTC. */
  at: string;
}

/** A process that collects all runs, such as `trawl collect`. */
export interface LiveCollector {
  name: string;
  /** The number of runs that it has now. */
  runs: number;
}

/** The state of Redis. */
export interface RedisFacts {
  version: string;
  usedBytes: number;
  /** 0: no limit. */
  maxBytes: number;
  /** `none`: a restart loses every run. `failing`: the last write to disk failed. */
  persistence: 'aof' | 'snapshots' | 'none' | 'failing';
  /** Size of the append-only file; 0 without one. */
  aofBytes: number;
  /** Since Redis started, how many syncs of the append-only file were late because the disk was too slow. */
  delayedSyncs: number;
  /** Redis is writing a new append-only file or a snapshot now. */
  isSaving: boolean;
  /** What Redis does when its memory is full. Anything but `noeviction` loses URLs. */
  evictionPolicy: string;
  clients: number;
  commandsPerSecond: number;
}

/** An origin that gets fewer requests than runs allow. */
export interface ThrottledOrigin {
  origin: string;
  /** The most requests in flight to it, over all processes. */
  concurrency: number;
  /** Milliseconds until the pause that it asked for is over. */
  holdMs: number;
  /** Consecutive fetches without an answer. */
  misses: number;
  /** Consecutive answers that asked for a pause. */
  asks: number;
}

/** The work of a run that no worker has taken yet, in addition to the waiting entries of `RunCounts`. */
export interface Backlog {
  /** Origins that a worker could visit now. On Redis, each waiting entry of an origin with few entries counts as one. */
  readyOrigins: number;
  /** Batches that were submitted and are not in the frontier yet. */
  queuedBatches: number;
}

/** An origin of a run with waiting entries. */
export interface WaitingOrigin {
  origin: string;
  /** The number of waiting entries. */
  waiting: number;
  /** Milliseconds until a visit may start; 0 if it may now. */
  readyInMs: number;
  /** All its lanes are taken: it waits for another visit to end. */
  isBlocked: boolean;
}
