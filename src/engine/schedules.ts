import type { RunId } from '../model/run-id.ts';

/** When a schedule starts its runs. */
export interface Timetable {
  /** Five fields, or six with seconds in front. */
  cron: string;
  /** As in the IANA time zone database. */
  timezone: string;
}

/** A stored schedule. */
export interface KeptSchedule extends Timetable {
  name: string;
  /** What it starts. Opaque to the store. */
  job: string;
  /** When its next run is due. In the past if no worker was there to start it. */
  nextMs?: number;
  /** The run that it started last. */
  run?: RunId;
  /** What happened when it was last due, if it did not simply start a run. */
  note?: string;
}

/** A time at which a schedule is due. One process at a time handles it. If that process dies, another one gets it. */
export interface DueTime {
  schedule: string;
  /** As it was given to `add`. */
  job: string;
  /** When it was due, which may be long ago. */
  dueMs: number;
  /** `hand`: a user triggered it. */
  by: 'time' | 'hand';
  /** The run that was started last, before this one. */
  last?: RunId;
  /** The run that was begun for this time, by a process that died before it was done. */
  begun?: { run: RunId; previous?: RunId };
  /** Records the run before it is begun. False if another process has begun another run since. */
  begin(run: RunId): Promise<boolean>;
  /** Takes back the recorded run. The one before it is the last one again. */
  abandon(note: string): Promise<void>;
  /** Records what else happened. */
  note(text: string): Promise<void>;
}

/** Thrown by a process that stops before it has handled a due time. Another process gets it. */
export class NotDoneError extends Error {
  override readonly name = 'NotDoneError';
}

/** The schedules of a deployment. Only Redis can store them. */
export interface Schedules {
  /**
   * Adds the schedule, or replaces the one of that name, of which the last run is kept. Rejects with UsageError if the
   * timetable is invalid, or has no time in the future. With `isNew`, rejects with ConflictError if there is one of that
   * name, and replaces nothing.
   */
  add(name: string, timetable: Timetable, job: string, options?: { isNew?: boolean }): Promise<'added' | 'replaced'>;
  list(): Promise<KeptSchedule[]>;
  /** False if there is none. Runs that it started continue. */
  remove(name: string): Promise<boolean>;
  /** Makes the schedule due now, in addition. False if there is no such schedule. */
  trigger(name: string, nowMs: number): Promise<boolean>;
  /** Calls `take` for each due time, until `signal` aborts. Times that passed while no process was running become one. */
  watch(take: (due: DueTime) => Promise<void>, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
