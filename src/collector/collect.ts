import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, systemClock } from '../core/clock.ts';
import { ConflictError, RunClaimedError, UnknownRunError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { OutcomeLine } from '../core/outcome-line.ts';
import type { RunId } from '../core/run-id.ts';
import type { RunSummary } from '../core/run-summary.ts';
import { CLAIM_MS, type Engine, type RunCounts } from '../engine/engine.ts';
import { closeBooks } from './books.ts';
import { CatchUp } from './catch-up.ts';
import { Checkpoints } from './checkpoints.ts';
import { CollectorDiskError } from './disk-error.ts';
import { Lease } from './lease.ts';
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
  /** Names of the run's sources in their order, for the summary. */
  sources?: string[];
  clock?: Clock;
}

/** How long an engine that does not answer may hold up the stop. */
const CLOSE_MS = 5_000;

/**
 * Writes one row for every outcome of the run into its folder, and closes the books when the run has ended; goes on where the folder's log
 * ends. When `signal` aborts it first takes what was settled by then, and the summary says `stopped`.
 * Rejects with RunClaimedError if another collector has the run, with CollectorDiskError if the folder cannot be written, with UsageError if
 * it is damaged, and with the engine's errors. What is not safely on disk stays with the engine, and collecting again goes on from there.
 */
export async function collect(
  engine: Engine,
  run: RunId,
  folder: RunFolder,
  options: CollectOptions,
  log: Log,
  signal: AbortSignal,
): Promise<RunSummary> {
  const collector = { id: `${hostname()}-${randomUUID().slice(0, 8)}`, folder: folder.identity };
  let lease: Lease;
  try {
    lease = await Lease.take(engine, run, collector, options.waitForClaimMs ?? CLAIM_MS + 2_000, log, signal);
  } catch (error) {
    if (signal.aborted) return notBegun(folder);
    if (error instanceof RunClaimedError || error instanceof UnknownRunError) await discardRunFolder(folder);
    throw error;
  }
  try {
    return await collectClaimed(engine, run, folder, lease, options, log, signal);
  } finally {
    lease.end();
  }
}

async function collectClaimed(
  engine: Engine,
  run: RunId,
  folder: RunFolder,
  lease: Lease,
  options: CollectOptions,
  log: Log,
  signal: AbortSignal,
): Promise<RunSummary> {
  const rows = await RunLog.open(folder);
  const checkpoints = new Checkpoints(engine, run, lease, rows, options.checkpointMs ?? 1_000, log);
  const catchUp = new CatchUp(engine, run, () => rows.tally.rows, signal);
  const stopReading = AbortSignal.any([lease.lost, checkpoints.failed, catchUp.signal]);
  try {
    const save = await beginSummary(engine, run, folder, rows, options);
    options.onBegin?.();
    try {
      await read(engine, run, rows, options, stopReading, () => {
        checkpoints.afterAppend();
        catchUp.check();
      });
    } catch (error) {
      // The rows that came before the engine's error are as good as any.
      if (!(error instanceof CollectorDiskError)) await checkpoints.finish().catch(() => {});
      throw error;
    }
    const close = async (): Promise<RunSummary> => {
      await checkpoints.finish();
      const counts = await engine.counts(run);
      const ended = !stopReading.aborted || (counts.ended && rows.tally.rows === counts.settled);
      if (ended) await checkpoints.releaseAll();
      return await save(ended ? 'ended' : 'stopped', counts);
    };
    return await (signal.aborted ? within(CLOSE_MS, close()) : close());
  } finally {
    catchUp.end();
    await checkpoints.end();
    await rows.close();
  }
}

async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`the engine did not answer within ${limitMs / 1_000} s of the stop: what is not saved will be collected again`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    late.catch(() => {});
    timer.abort();
  }
}

/** Reads outcomes into the log until the run ends or `stop` aborts. */
async function read(
  engine: Engine,
  run: RunId,
  rows: RunLog,
  { onBatch }: CollectOptions,
  stop: AbortSignal,
  afterBatch: () => void,
): Promise<void> {
  try {
    for await (const { cursor, lines } of engine.outcomes(run, rows.cursor, stop)) {
      await rows.append(cursor, lines);
      await onBatch?.(lines);
      afterBatch();
    }
  } catch (error) {
    if (!stop.aborted || error instanceof CollectorDiskError) throw error;
  }
}

type SaveSummary = (state: 'ended' | 'stopped' | 'running', counts: RunCounts) => Promise<RunSummary>;

/** Writes `run.json` as the run now stands, and gives the way to write it again. */
async function beginSummary(engine: Engine, run: RunId, folder: RunFolder, rows: RunLog, options: CollectOptions): Promise<SaveSummary> {
  const { wallMs } = options.clock ?? systemClock;
  const runOptions = await engine.options(run);
  const { startedAt, sources = options.sources } = (await readRunFile(folder)).summary;
  const save: SaveSummary = async (state, counts) => {
    const books = closeBooks(counts, rows.tally);
    const endedAt = state === 'running' ? undefined : new Date(wallMs()).toISOString();
    const summary: RunSummary = { run, state, startedAt, ...(endedAt && { endedAt }), books, ...(sources && { sources }) };
    await writeRunFile(folder, { summary, options: runOptions });
    return summary;
  };
  const counts = await engine.counts(run);
  if (counts.settled < rows.tally.rows) {
    throw new ConflictError(
      `${folder.path} holds ${rows.tally.rows} rows of run ${run}, but the engine knows of ${counts.settled}: either another run has the same id, or the engine lost data. Take another id or another --data-dir`,
    );
  }
  await save('running', counts);
  return save;
}

/** The stop came before the claim did. */
async function notBegun(folder: RunFolder): Promise<RunSummary> {
  const { summary } = await readRunFile(folder);
  return summary.state === 'running' ? { ...summary, state: 'stopped' } : summary;
}
