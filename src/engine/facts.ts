import type { RunId } from '../model/run-id.ts';
import type { Verdict } from '../model/verdict.ts';

export interface EngineFacts {
  workers: readonly LiveWorker[];
  collectors: readonly LiveCollector[];
  /** Absent for an engine in memory. */
  redis?: RedisFacts;
}

/** A process that works on the engine. */
export interface LiveWorker {
  name: string;
  /** Visits at a time. */
  slots: number;
  /** How long ago it last reported, in milliseconds. Workers report once a second. Absent for an engine in memory. */
  seenMsAgo?: number;
  /** What it reported. Absent for an engine in memory, and until the first report. */
  activity?: WorkerActivity;
}

/** What a worker has done lately. */
export interface WorkerActivity {
  /** Slots with a visit under way. */
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
  /** Runs that it has at the moment. */
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
  /** Syncs of the append-only file that the disk was too slow for, since Redis started. */
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
  /** Requests in flight to it, at most, in the whole cluster. */
  concurrency: number;
  /** It asked for none to start for so long, in milliseconds. */
  holdMs: number;
  /** Fetches in a row that it left without an answer. */
  misses: number;
  /** Answers in a row that asked for a pause. */
  asks: number;
}

/** Work of a run that no worker has taken yet, besides the waiting entries that `RunCounts` give. */
export interface Backlog {
  /** Origins that a worker could visit now. On Redis, entries of origins with few entries count as one origin each. */
  readyOrigins: number;
  /** Batches that were submitted and are not in the frontier yet. */
  queuedBatches: number;
}

/** An origin of a run with entries that wait. */
export interface WaitingOrigin {
  origin: string;
  /** Entries that wait. */
  waiting: number;
  /** A visit may start after this time, in milliseconds; 0: at once. */
  readyInMs: number;
  /** All its lanes are taken: it waits for another visit to end. */
  isBlocked: boolean;
}
