import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { CLAIM_MS } from '../engine/collecting.ts';
import type { RunCounts } from '../engine/run-counts.ts';
import { ConflictError, RunClaimedError, UnknownRunError } from '../model/errors.ts';
import type { OutcomeLine } from '../model/lines/outcome-line.ts';
import type { Log } from '../model/log.ts';
import type { RunId } from '../model/run-id.ts';
import type { RunSummary } from '../model/run-summary.ts';
import { currentTracer } from '../model/tracing.ts';
import { type Clock, systemClock } from '../util/clock.ts';
import { closeBooks } from './books.ts';
import { CatchUp } from './catch-up.ts';
import { Checkpoints } from './checkpoints.ts';
import { askPatiently, type CollectedEngine } from './collected-engine.ts';
import { Deadline } from './deadline.ts';
import { CollectorDiskError } from './disk-error.ts';
import { Lease } from './lease.ts';
import { Recovery } from './recovery.ts';
import { discardRunFolder, type RunFolder, readRunFile, writeRunFile } from './run-folder.ts';
import { RunLog } from './run-log.ts';

export interface CollectOptions {
  /** Called when the run is claimed and its log is open. */
  onBegin?: () => void;
  /** Called with the outcomes that are new in the log, each as a line of JSON. A returned promise is awaited. */
  onBatch?: (lines: readonly OutcomeLine[]) => void | Promise<void>;
  /** Time between checkpoints, in milliseconds; a second by default. */
  checkpointMs?: number;
  /**
   * How long to wait for another collector's claim to expire, in milliseconds; by default a little more than a claim
   * lasts.
   */
  waitForClaimMs?: number;
  /**
   * Name of this collector; by default a new one. Two collectors with one name must not collect the run at the same
   * time. A claim that an earlier process left under this name is taken over at once.
   */
  collectorId?: string;
  /** The state in the summary if the run has not ended when `signal` aborts; `stopped` by default. */
  stateWhenStopped?: () => 'stopped' | 'running';
  /** True if the folder's log belongs to this run even if the engine does not know it. */
  continues?: boolean;
  /** Names of the run's sources, in order, for the summary. */
  sources?: string[];
  clock?: Clock;
}

/** How long an engine that does not answer may delay the stop. Longer than a catch-up. */
const ANSWER_MS = 5_000;

/**
 * Writes one row for every outcome of the run into its folder, and closes the books when the run has ended. If the
 * folder has a log already, it continues where the log ends.
 *
 * When `signal` aborts, it first reads what was settled by then, and the summary says `stopped`. An engine that does
 * not answer delays this by at most 5 seconds.
 *
 * Rejects with
 *
 * - RunClaimedError if another collector has the run, or has had it since this one claimed it;
 * - CollectorDiskError if the folder cannot be written;
 * - UsageError if the folder is damaged;
 * - ConflictError if the folder may hold the log of another run;
 * - the engine's errors.
 *
 * The engine keeps all outcomes that are not safely on disk, so collecting again continues from there.
 */
export async function collect(
  engine: CollectedEngine,
  run: RunId,
  folder: RunFolder,
  options: CollectOptions,
  log: Log,
  signal: AbortSignal,
): Promise<RunSummary> {
  const answers = new Deadline(ANSWER_MS, 'the engine is not responding: rows that are not saved will be collected again', signal);
  try {
    return await claimAndCollect({
      engine: askPatiently(engine, { answers: answers.signal, stop: signal, log }),
      run,
      folder,
      options,
      log,
      signal,
      answers,
    });
  } finally {
    answers.cancel();
  }
}

interface Job {
  engine: CollectedEngine;
  run: RunId;
  folder: RunFolder;
  options: CollectOptions;
  log: Log;
  signal: AbortSignal;
  /** When this deadline passes, the collector stops waiting for answers of the engine. */
  answers: Deadline;
}

async function claimAndCollect(job: Job): Promise<RunSummary> {
  const { engine, run, folder, options, log, signal } = job;
  const { waitForClaimMs = CLAIM_MS + 2_000, clock = systemClock, collectorId = `${hostname()}-${randomUUID().slice(0, 8)}` } = options;
  const collector = { id: collectorId, folder: folder.identity };
  let lease: Lease;
  try {
    lease = await Lease.take(engine, run, collector, waitForClaimMs, clock, log, signal);
  } catch (error) {
    if (signal.aborted) return stoppedBeforeClaim(folder);
    // If the claim is held for this folder, keep it: its collector uses the folder.
    const isNotOurs = error instanceof UnknownRunError || (error instanceof RunClaimedError && error.reason === 'elsewhere');
    if (isNotOurs) await discardRunFolder(folder);
    throw error;
  }
  try {
    return await collectClaimed(job, lease);
  } finally {
    await lease.end();
  }
}

async function collectClaimed(job: Job, lease: Lease): Promise<RunSummary> {
  const tracer = currentTracer();
  if (tracer === undefined) return collectInto(job, lease);
  const { engine, run } = job;
  const { traceparent } = await engine.options(run);
  return tracer.span({ name: 'collect', parent: traceparent, attributes: { 'trawl.run.id': run } }, async (span) => {
    const summary = await collectInto(job, lease);
    span.set({ 'trawl.run.state': summary.state, 'trawl.rows': summary.books.rows });
    return summary;
  });
}

async function collectInto({ engine, run, folder, options, log, signal, answers }: Job, lease: Lease): Promise<RunSummary> {
  const rows = await RunLog.open(folder, () => lease.ensure(), options.continues ? 'keep' : 'cut');
  const checkpoints = new Checkpoints(engine, run, lease, rows, options.checkpointMs ?? 1_000, log);
  const recovery = new Recovery(engine, folder, rows, log, options.continues === true);
  const catchUp = new CatchUp(engine, run, () => rows.tally.rows, signal);
  const stopReading = AbortSignal.any([lease.lost, checkpoints.failed, catchUp.signal]);
  try {
    await recoverAtStart({ engine, run, folder, options, lease, rows, recovery });
    checkpoints.start();
    options.onBegin?.();
    const save = await beginSummary(engine, run, folder, lease, rows, recovery, options);
    try {
      await read(engine, run, lease, rows, recovery, options, stopReading, () => {
        checkpoints.afterAppend();
        catchUp.check();
      });
    } catch (error) {
      answers.start();
      // Keep the rows that were read before the engine's error.
      if (!(error instanceof CollectorDiskError)) await checkpoints.finish().catch(() => {});
      throw error;
    }
    await checkpoints.finish();
    const counts = await engine.counts(run);
    const ended = !stopReading.aborted || (counts.ended && rows.tally.rows === counts.settled);
    const state = ended ? 'ended' : (options.stateWhenStopped?.() ?? 'stopped');
    // A run that is left for a while (`running`) then has nothing for a collector until new outcomes arrive.
    if (state !== 'stopped') await checkpoints.releaseAll();
    return await save(state, counts);
  } finally {
    answers.start();
    catchUp.end();
    await checkpoints.end();
    await rows.close();
  }
}

/** Reads outcomes into the log until the run ends or `stop` aborts. */
async function read(
  engine: CollectedEngine,
  run: RunId,
  lease: Lease,
  rows: RunLog,
  recovery: Recovery,
  { onBatch }: CollectOptions,
  stop: AbortSignal,
  afterBatch: () => void,
): Promise<void> {
  try {
    for (let recovered = true; recovered; ) {
      recovered = false;
      for await (const { cursor, lines, total } of engine.outcomes(run, rows.cursor, stop)) {
        // Check the claim after the read: only if it still holds, no other collector can have released outcomes that
        // this read should have returned.
        await lease.ensure();
        if (recovery.isNeeded(total, rows.tally.rows + lines.length)) {
          await recovery.begin();
          recovered = true;
          break;
        }
        const fresh = recovery.newLines(lines);
        await rows.append(cursor, fresh);
        if (fresh.length > 0) await onBatch?.(fresh);
        afterBatch();
      }
    }
  } catch (error) {
    if (!stop.aborted || error instanceof CollectorDiskError) throw error;
  }
}

type SaveSummary = (state: 'ended' | 'stopped' | 'running', counts: RunCounts) => Promise<RunSummary>;

/** Writes the current summary into `run.json`, and returns the function that writes it again. */
async function beginSummary(
  engine: CollectedEngine,
  run: RunId,
  folder: RunFolder,
  lease: Lease,
  rows: RunLog,
  recovery: Recovery,
  options: CollectOptions,
): Promise<SaveSummary> {
  const { wallMs } = options.clock ?? systemClock;
  const runOptions = await engine.options(run);
  const { schedule } = runOptions;
  const {
    summary: { startedAt, sources = options.sources },
    begun,
  } = await readRunFile(folder);
  const save: SaveSummary = async (state, counts) => {
    const books = closeBooks(counts, rows.tally, recovery.hasBegun && runOptions.depth > 0);
    const endedAt = state === 'running' ? undefined : new Date(wallMs()).toISOString();
    const summary: RunSummary = {
      ...{ run, state, startedAt, ...(endedAt && { endedAt }), books, ...(sources && { sources }) },
      ...(schedule !== undefined && { schedule: schedule.name, ...(schedule.previous !== undefined && { previous: schedule.previous }) }),
    };
    await lease.ensure();
    await writeRunFile(folder, { summary, options: runOptions, ...(begun && { begun }) });
    return summary;
  };
  await save('running', await engine.counts(run));
  return save;
}

/**
 * Starts the recovery if the engine knows fewer outcomes than the log has. Rejects with ConflictError if the log may be
 * that of another run.
 */
async function recoverAtStart({
  engine,
  run,
  folder,
  options,
  lease,
  rows,
  recovery,
}: Pick<Job, 'engine' | 'run' | 'folder' | 'options'> & { lease: Lease; rows: RunLog; recovery: Recovery }): Promise<void> {
  const { settled } = await engine.counts(run);
  if (settled >= rows.tally.rows) return;
  if (lease.isFirst && options.continues !== true) {
    const { begun } = await readRunFile(folder);
    throw new ConflictError(
      `${folder.path} already holds ${rows.tally.rows} rows of run ${run}, but the engine has ${settled}: ` +
        (begun === undefined
          ? 'Redis lost the run and its list was enqueued again, or this is another list with the same run id. ' +
            `If it is the same list, repeat trawl collect ${run}: it keeps these rows and only the rest is fetched (trawl collect without a run does that by itself). ` +
            `If it is another list: trawl rm ${run}, and enqueue the list with another run id.`
          : 'another run has the same id, or the engine lost data. ' +
            `To continue the run: trawl --continue ${run}. For a new run, use another id or another --data-dir.`),
    );
  }
  await recovery.begin();
}

/** The summary of a run that was stopped before it could be claimed. */
async function stoppedBeforeClaim(folder: RunFolder): Promise<RunSummary> {
  const { summary } = await readRunFile(folder);
  return summary.state === 'running' ? { ...summary, state: 'stopped' } : summary;
}
