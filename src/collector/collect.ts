import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { CLAIM_MS, type RunCounts } from '../engine/engine.ts';
import { ConflictError, RunClaimedError, UnknownRunError } from '../model/errors.ts';
import type { OutcomeLine } from '../model/lines/outcome-line.ts';
import type { Log } from '../model/log.ts';
import type { RunId } from '../model/run-id.ts';
import type { RunSummary } from '../model/run-summary.ts';
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
  /** Called when the run is claimed and its folder is in order. */
  onBegin?: () => void;
  /** Called with the rows that are new to the log, and with the same as JSON. What it returns is waited for. */
  onBatch?: (lines: readonly OutcomeLine[]) => void | Promise<void>;
  /** Time between checkpoints, in milliseconds; a second by default. */
  checkpointMs?: number;
  /** How long to wait for another collector's claim to lapse, in milliseconds; a little more than a claim lasts by default. */
  waitForClaimMs?: number;
  /** The name of this collector, which must not collect the run twice at once. A claim that it left behind is its own. Default: a new name. */
  collectorId?: string;
  /** What the summary says of a run that has not ended when `signal` aborts; `stopped` by default. */
  stateWhenStopped?: () => 'stopped' | 'running';
  /** The folder's log is this run's, also if the engine knows nothing of it. */
  continues?: boolean;
  /** Names of the run's sources in their order, for the summary. */
  sources?: string[];
  clock?: Clock;
}

/** How long an engine that does not answer may hold up the stop. More than a catch-up takes. */
const ANSWER_MS = 5_000;

/**
 * Writes one row for every outcome of the run into its folder, and closes the books when the run has ended; goes on where the folder's log
 * ends. When `signal` aborts it first takes what was settled by then, and the summary says `stopped`; an engine that does not answer holds
 * this up for 5 seconds. Rejects with RunClaimedError if another collector has the run, or had it since it was claimed, with CollectorDiskError if the folder cannot be written, with UsageError if
 * it is damaged, and with the engine's errors. What is not safely on disk stays with the engine, and collecting again goes on from there.
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
  /** When it is over, the engine's answers are waited for no more. */
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
    if (signal.aborted) return notBegun(folder);
    // One that is held is held for this very folder, by a collector that found it here.
    const isNoFolderOf = error instanceof UnknownRunError || (error instanceof RunClaimedError && error.reason === 'elsewhere');
    if (isNoFolderOf) await discardRunFolder(folder);
    throw error;
  }
  try {
    return await collectClaimed(job, lease);
  } finally {
    await lease.end();
  }
}

async function collectClaimed({ engine, run, folder, options, log, signal, answers }: Job, lease: Lease): Promise<RunSummary> {
  const rows = await RunLog.open(folder, () => lease.ensure(), options.continues ? 'keep' : 'cut');
  const checkpoints = new Checkpoints(engine, run, lease, rows, options.checkpointMs ?? 1_000, log);
  const recovery = new Recovery(engine, folder, rows, log, options.continues === true);
  const catchUp = new CatchUp(engine, run, () => rows.tally.rows, signal);
  const stopReading = AbortSignal.any([lease.lost, checkpoints.failed, catchUp.signal]);
  try {
    await recoverAtStart({ engine, run, folder, options, lease, rows, recovery });
    checkpoints.start();
    const save = await beginSummary(engine, run, folder, lease, rows, recovery, options);
    options.onBegin?.();
    try {
      await read(engine, run, lease, rows, recovery, options, stopReading, () => {
        checkpoints.afterAppend();
        catchUp.check();
      });
    } catch (error) {
      answers.start();
      // The rows that came before the engine's error are as good as any.
      if (!(error instanceof CollectorDiskError)) await checkpoints.finish().catch(() => {});
      throw error;
    }
    await checkpoints.finish();
    const counts = await engine.counts(run);
    const ended = !stopReading.aborted || (counts.ended && rows.tally.rows === counts.settled);
    const state = ended ? 'ended' : (options.stateWhenStopped?.() ?? 'stopped');
    // One that is only left for a while has then nothing for a collector, until it has new outcomes.
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
        // Asked after the read: only a claim that held until now says that nobody released outcomes which this read should have given.
        await lease.ensure();
        if (recovery.isNeeded(total, rows.tally.rows + lines.length)) {
          await recovery.begin();
          recovered = true;
          break;
        }
        const fresh = recovery.fresh(lines);
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

/** Writes `run.json` as the run now stands, and gives the way to write it again. */
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
  const {
    summary: { startedAt, sources = options.sources },
    begun,
  } = await readRunFile(folder);
  const save: SaveSummary = async (state, counts) => {
    const books = closeBooks(counts, rows.tally, recovery.hasBegun && runOptions.depth > 0);
    const endedAt = state === 'running' ? undefined : new Date(wallMs()).toISOString();
    const summary: RunSummary = { run, state, startedAt, ...(endedAt && { endedAt }), books, ...(sources && { sources }) };
    await lease.ensure();
    await writeRunFile(folder, { summary, options: runOptions, ...(begun && { begun }) });
    return summary;
  };
  await save('running', await engine.counts(run));
  return save;
}

/** Goes on from the log where the engine knows less than it. Rejects with ConflictError if it may be the log of another run. */
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
    throw new ConflictError(
      `${folder.path} holds ${rows.tally.rows} rows of run ${run}, but the engine has ${settled}: another run has the same id, or the engine lost data. ` +
        `To continue it: trawl --continue ${run}. For a new run, use another id or another --data-dir.`,
    );
  }
  await recovery.begin();
}

/** The stop came before the claim did. */
async function notBegun(folder: RunFolder): Promise<RunSummary> {
  const { summary } = await readRunFile(folder);
  return summary.state === 'running' ? { ...summary, state: 'stopped' } : summary;
}
