import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';
import { type DueTime, NotDoneError } from '../engine/schedules.ts';
import { ConflictError, UnknownRunError } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import type { RunId } from '../model/run-id.ts';
import { type ScheduledJob, scheduledRunId } from '../model/schedule.ts';
import { inSpan, withTraceparent } from '../model/tracing.ts';
import { orAborted } from '../util/async.ts';
import { produce, sealRun } from './produce.ts';
import type { Source } from './sources/source.ts';

/** Pauses before the retries of sources that cannot be read. */
const RETRY_AFTER_MS = [10_000, 60_000];

interface StartContext {
  engine: Pick<Engine, 'openRun' | 'submit' | 'seal' | 'confirm' | 'counts' | 'backlog' | 'cancel' | 'remove'>;
  /** Opens the sources that the schedule names. */
  openSources(job: ScheduledJob): Promise<Source[]>;
  log: Log;
  retryAfterMs?: readonly number[];
}

/**
 * Starts the run of a schedule that is due: opens it, submits its sources and seals it. If the schedule's previous run
 * has not ended, it starts no run.
 *
 * May be repeated, even by another process: the run has the same id, and its batches have the same numbers. If its
 * sources cannot be read, there is no run; if some URLs have been submitted by then, the run is cancelled, so that
 * nobody takes it for complete. Rejects with NotDoneError if `signal` aborts first, or if the engine cannot be used;
 * then it must be repeated.
 */
export async function startScheduledRun(due: DueTime, job: ScheduledJob, context: StartContext, signal: AbortSignal): Promise<void> {
  try {
    const run = await beginRun(due, context);
    if (run !== undefined) await fillRun(due, run, job, context, signal);
  } catch (error) {
    if (error instanceof NotDoneError) throw error;
    // Redis cannot be used just now. Try again later: a run that stayed open would block its schedule forever.
    context.log.warn(
      { event: 'schedule-retried', schedule: due.schedule, err: error },
      `schedule ${due.schedule} will be tried again: ${(error as Error).message}`,
    );
    throw new NotDoneError('the engine cannot be used', { cause: error });
  }
}

async function fillRun(due: DueTime, run: RunId, job: ScheduledJob, context: StartContext, signal: AbortSignal): Promise<void> {
  const { schedule } = due;
  const { log, retryAfterMs = RETRY_AFTER_MS } = context;
  for (let attempt = 0; ; attempt++) {
    try {
      const attributes = { 'trawl.run.id': run, 'trawl.schedule': schedule };
      await inSpan({ name: 'start scheduled run', attributes }, () => submitAll(due, run, job, context, signal));
      log.info({ event: 'schedule-started', schedule, run }, `schedule ${schedule} started run ${run}`);
      return;
    } catch (error) {
      if (signal.aborted || error instanceof NotDoneError) throw new NotDoneError('this process stops', { cause: error });
      if (error instanceof ConflictError) {
        await due.note(`run ${run} was removed while it was being started`);
        return;
      }
      const pauseMs = retryAfterMs[attempt];
      if (pauseMs === undefined) {
        await giveUp(due, run, context, error as Error);
        return;
      }
      log.warn(
        { event: 'schedule-retried', schedule, run, err: error },
        `the sources of schedule ${schedule} cannot be read, trying again in ${pauseMs / 1_000} s: ${(error as Error).message}`,
      );
      await sleep(pauseMs, undefined, { signal }).catch(() => {
        throw new NotDoneError('this process stops');
      });
    }
  }
}

/** Returns the id of the run to fill; undefined if no run is started. */
async function beginRun(due: DueTime, { engine, log }: StartContext): Promise<RunId | undefined> {
  const { schedule, dueMs, by, last, begun } = due;
  if (begun !== undefined) return begun.run;
  const at = new Date(dueMs).toISOString();
  if (last !== undefined && (await isRunning(engine, last))) {
    await due.note(`skipped at ${at}: run ${last} was still going`);
    log.warn(
      { event: 'schedule-skipped', schedule, run: last },
      `schedule ${schedule} starts no run for ${at}: run ${last} is still going`,
    );
    return undefined;
  }
  const run = scheduledRunId(schedule, dueMs, by);
  return (await due.begin(run)) ? run : undefined;
}

async function isRunning(engine: Pick<Engine, 'counts'>, run: RunId): Promise<boolean> {
  try {
    return !(await engine.counts(run)).ended;
  } catch (error) {
    if (error instanceof UnknownRunError) return false;
    throw error;
  }
}

async function submitAll(
  { schedule, last }: DueTime,
  run: RunId,
  job: ScheduledJob,
  { engine, openSources, log }: StartContext,
  signal: AbortSignal,
): Promise<void> {
  const options = { ...job.options, schedule: { name: schedule, ...(last !== undefined && { previous: last }) } };
  await engine.openRun(withTraceparent(options), run);
  try {
    const produced = await produce(engine, run, await openSources(job), {}, signal);
    if (!produced.complete) throw new NotDoneError('this process stops');
    await sealRun(engine, run, produced.batches);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    // A process that died had submitted a part, and the sources have changed since. Keep what it submitted.
    log.warn(
      { event: 'schedule-changed', schedule, run },
      `the sources of schedule ${schedule} changed while run ${run} was being started: it has what was submitted before`,
    );
    await engine.seal(run);
  }
  await orAborted(engine.confirm(), signal);
}

async function giveUp(due: DueTime, run: RunId, { engine, log }: StartContext, error: Error): Promise<void> {
  const { schedule, dueMs } = due;
  const at = new Date(dueMs).toISOString();
  log.error(
    { event: 'schedule-failed', schedule, run, err: error },
    `schedule ${schedule} could not start its run for ${at}: ${error.message}`,
  );
  const [{ batches }, { queuedBatches }] = await Promise.all([engine.counts(run), engine.backlog(run)]);
  if (batches + queuedBatches > 0) {
    await engine.cancel(run);
    await due.note(`cancelled run ${run}: ${error.message}`);
  } else {
    await engine.remove(run);
    await due.abandon(`failed at ${at}: ${error.message}`);
  }
}
