import { type RunId, utcStamp } from './run-id.ts';
import type { RunOptions } from './run-options.ts';

/** The run that a schedule starts: everything that any worker needs to start it. */
export interface ScheduledJob {
  options: RunOptions;
  sources: readonly ScheduledSource[];
}

/** A source that any worker can read: a URL, or a list that is stored with the schedule. */
export type ScheduledSource =
  | { kind: 'url' | 'list-url' | 'sitemap'; url: string; reading?: ListReading }
  | { kind: 'stored'; name: string; text: string; reading?: ListReading };

/** How a list is parsed. Absent fields: the defaults. */
export interface ListReading {
  input?: 'auto' | 'lines' | 'jsonl' | 'csv' | 'tsv';
  urlColumn?: string;
  delimiter?: string;
  dedupe?: 'auto' | 'url' | 'none';
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/;

/** True if the text is a valid name of a schedule. The ids of its runs begin with it, so it must fit into a run id. */
export function isScheduleName(text: string): boolean {
  return NAME.test(text);
}

/**
 * The id of the run that is due at this time, such as `nightly-20261130-030000` (UTC). All processes that try to start
 * the run compute the same id.
 */
export function scheduledRunId(name: string, dueMs: number, by: 'time' | 'hand'): RunId {
  return `${name}-${utcStamp(dueMs)}${by === 'hand' ? '-now' : ''}`;
}
