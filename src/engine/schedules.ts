import type { RunId } from '../model/run-id.ts';

/** When a schedule starts its runs. */
export interface Timetable {
  /** Five fields, or six with seconds in front. */
  cron: string;
  /** As in the IANA time zone database. */
  timezone: string;
}

/** A schedule as it is kept. */
export interface KeptSchedule extends Timetable {
  name: string;
  /** What it starts, opaque to the store. */
  job: string;
  /** When its next run is due; in the past if no worker was up to start it. */
  nextMs?: number;
  /** The run that it started last. */
  run?: RunId;
  /** What came of the last time it was due, where that was not simply a run. */
  note?: string;
}

/** A time that has come. It is given to one process at a time, and again if that process dies. */
export interface DueTime {
  schedule: string;
  /** As it was given to `add`. */
  job: string;
  /** When it was due, which may be long ago. */
  dueMs: number;
  /** `hand`: somebody asked for it. */
  by: 'time' | 'hand';
  /** The run that was started last, before this one. */
  last?: RunId;
  /** The run that was begun for this very time, by a process that did not finish. */
  begun?: { run: RunId; previous?: RunId };
  /** Writes down that the run is begun, before it is. False if another process has begun another run since. */
  begin(run: RunId): Promise<boolean>;
  /** The run that was begun is no run: the one before it counts as the last one again. */
  abandon(note: string): Promise<void>;
  /** Writes down what else came of it. */
  note(text: string): Promise<void>;
}

/** Thrown by whoever was given a time and stops before it is dealt with: it is given to another process. */
export class NotDoneError extends Error {
  override readonly name = 'NotDoneError';
}

/** The schedules of a deployment. Only a Redis keeps any. */
export interface Schedules {
  /**
   * Adds the schedule, or replaces the one of that name; the run that it started last stays known. Rejects with
   * UsageError for a timetable that cannot be read, or has no time to come.
   */
  add(name: string, timetable: Timetable, job: string): Promise<'added' | 'replaced'>;
  list(): Promise<KeptSchedule[]>;
  /** False if there is none. Runs that it has started go on. */
  remove(name: string): Promise<boolean>;
  /** It is due now as well. False if there is no such schedule. */
  trigger(name: string, nowMs: number): Promise<boolean>;
  /** Gives each time that comes to `take`, until `signal` aborts. Times that came while no process was up are one. */
  watch(take: (due: DueTime) => Promise<void>, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
