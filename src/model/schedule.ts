import type { RunId } from './run-id.ts';
import type { RunOptions } from './run-options.ts';

/** What a schedule starts: all that a worker anywhere needs to begin the run. */
export interface ScheduledJob {
  options: RunOptions;
  sources: readonly ScheduledSource[];
}

/** A source that any worker can read: something with a URL, or a list that is kept with the schedule. */
export type ScheduledSource =
  | { kind: 'url' | 'list-url' | 'sitemap'; url: string; reading?: ListReading }
  | { kind: 'stored'; name: string; text: string; reading?: ListReading };

/** How a list is read, where that was said. */
export interface ListReading {
  input?: 'auto' | 'lines' | 'jsonl' | 'csv' | 'tsv';
  urlColumn?: string;
  delimiter?: string;
  dedupe?: 'auto' | 'url' | 'none';
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,39}$/;

/** True if the text can name a schedule. Its runs are named after it, so that it must fit into a run id. */
export function isScheduleName(text: string): boolean {
  return NAME.test(text);
}

/** The id of the run that was due at this time, `nightly-20261130-030000` in UTC: the same for every process that tries to start it. */
export function scheduledRunId(name: string, dueMs: number, by: 'time' | 'hand'): RunId {
  const [day, time] = new Date(dueMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T');
  return `${name}-${day}-${time}${by === 'hand' ? '-now' : ''}`;
}
