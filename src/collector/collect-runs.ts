import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLAIM_MS } from '../engine/collecting.ts';
import type { Engine } from '../engine/engine.ts';
import { RunClaimedError, UnknownRunError } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import type { RunId } from '../model/run-id.ts';
import { orAborted, within } from '../util/async.ts';
import { collect } from './collect.ts';
import { findRunFolder, openRunFolder, readRunFile } from './run-folder.ts';

export interface CollectRunsOptions {
  /** Time between two checks for runs, in milliseconds. */
  lookEveryMs?: number;
  /** The most runs that are collected at the same time. */
  atOnce?: number;
}

const MAX_PAUSE_MS = 60_000;
/** A run without new outcomes for this long gives up its place until it has some, because an open log, a claim and reading the stream have a cost. */
const IDLE_MS = 30_000;
/** The same if other runs wait for a place. */
const IDLE_BEFORE_OTHERS_MS = 1_000;
/** If other runs wait, a run that always has outcomes gives up its place after this long. */
const TURN_MS = 10_000;
/** How long to wait for the engine when this collector signs off. */
const LEAVE_MS = 1_000;

/** A run whose log is in another folder is checked again after this long, because it may have been removed and started again. */
const ELSEWHERE_MS = 60_000;

/**
 * Collects every run that the engine knows into a folder below `dataDir`, except runs that have already ended there and runs that another collector has (docs/decisions/0043). The claims of a
 * collector that died expire CLAIM_MS after their last renewal; the next check then finds its runs.
 *
 * A run occupies a place only while it has outcomes. If more runs have outcomes than there are places, they take turns. If collecting a run fails, it is retried after a growing pause, without delaying
 * other runs. Resolves when `signal` has aborted and all runs have stopped.
 */
export async function collectRuns(
  engine: Engine,
  dataDir: string,
  log: Log,
  signal: AbortSignal,
  options: CollectRunsOptions = {},
): Promise<void> {
  const { lookEveryMs = 1_000, atOnce = 100 } = options;
  // Each run listens for the stop.
  setMaxListeners(0, signal);
  const service = new Service(engine, dataDir, log, signal, atOnce);
  let couldLook = true;
  while (!signal.aborted) {
    try {
      await orAborted(service.look(), signal);
      couldLook = true;
    } catch (error) {
      if (couldLook && !signal.aborted) log.warn({ event: 'runs-unreadable', err: error }, 'cannot read the list of runs; trying again');
      couldLook = false;
    }
    await sleep(lookEveryMs, undefined, { signal }).catch(() => {});
  }
  await service.stopped();
  await service.end();
}

/** The place of a run that is being collected. */
interface Place {
  readonly sinceMs: number;
  /** When it last had outcomes. */
  activeAtMs: number;
  /** Aborts to give up the place, until the run has outcomes again or its next turn comes. */
  readonly leave: AbortController;
  readonly collecting: Promise<void>;
}

class Service {
  readonly #engine: Engine;
  readonly #dataDir: string;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #atOnce: number;
  /** The same for all turns of a run, so that it keeps its claim from one turn to the next. */
  readonly #collectorId = `${hostname()}-${randomUUID().slice(0, 8)}`;
  readonly #places = new Map<RunId, Place>();
  /** Runs that are ignored until a time of the monotonic clock: forever if they have ended here, for a while if they failed. */
  readonly #restUntilMs = new Map<RunId, number>();
  readonly #failures = new Map<RunId, number>();
  /** Runs for which a line was logged that they are collected here. */
  readonly #logged = new Set<RunId>();
  #takeTurns = false;
  /** The number of live collectors of the deployment, including this one. */
  #collectors = 1;

  constructor(engine: Engine, dataDir: string, log: Log, signal: AbortSignal, atOnce: number) {
    this.#engine = engine;
    this.#dataDir = dataDir;
    this.#log = log;
    this.#signal = signal;
    this.#atOnce = atOnce;
  }

  /** Starts to collect runs that have outcomes, as long as there are places, and frees places for the others. */
  async look(): Promise<void> {
    const [runs] = await Promise.all([this.#engine.runs(), this.#attend()]);
    this.#forgetAllBut(new Set(runs));
    const nowMs = performance.now();
    const candidates = runs.filter((run) => !this.#places.has(run) && (this.#restUntilMs.get(run) ?? 0) <= nowMs);
    const waiting = candidates.length === 0 ? [] : await this.#engine.uncollected(candidates, this.#collectorId);
    if (this.#signal.aborted) return;
    const places = Math.max(0, this.#atOnce - this.#places.size);
    // Take only a share of the runs, because the other collectors check just as often and take theirs.
    const part = Math.ceil(waiting.length / this.#collectors);
    for (const run of waiting.slice(0, Math.min(places, part))) this.#start(run);
    this.#makeRoom(Math.max(0, waiting.length - places), performance.now());
  }

  /** Reports that this collector is alive. A full Redis refuses this, but its runs must still be collected, so a failure is only logged. */
  async #attend(): Promise<void> {
    try {
      this.#collectors = Math.max(1, await this.#engine.attend(this.#collectorId, this.#places.size));
    } catch (error) {
      this.#log.debug({ event: 'collector-unseen', err: error }, 'this collector could not report that it is alive');
    }
  }

  /** Signs off this collector. If the engine is unreachable, that is not a failure. */
  async end(): Promise<void> {
    await within(LEAVE_MS, this.#engine.attend(this.#collectorId));
  }

  async stopped(): Promise<void> {
    await Promise.all([...this.#places.values()].map(({ collecting }) => collecting));
  }

  #start(run: RunId): void {
    const nowMs = performance.now();
    const leave = new AbortController();
    const stop = AbortSignal.any([this.#signal, leave.signal]);
    const onBatch = () => {
      place.activeAtMs = performance.now();
    };
    const collecting = Promise.resolve()
      .then(() => this.#collect(run, stop, onBatch))
      .finally(() => this.#places.delete(run));
    const place: Place = { sinceMs: nowMs, activeAtMs: nowMs, leave, collecting };
    this.#places.set(run, place);
  }

  /** Frees the places of idle runs. If runs wait for more places than that, also frees those of runs that have had their turn. */
  #makeRoom(waiting: number, nowMs: number): void {
    const idleMs = waiting > 0 ? IDLE_BEFORE_OTHERS_MS : IDLE_MS;
    const staying = [...this.#places.values()].filter(({ leave }) => !leave.signal.aborted);
    const idle = staying.filter(({ activeAtMs }) => nowMs - activeAtMs >= idleMs);
    for (const { leave } of idle) leave.abort();
    const isTight = waiting > idle.length;
    if (isTight && !this.#takeTurns)
      this.#log.warn(
        { event: 'collecting-in-turns', waiting },
        `more runs have outcomes than can be collected at a time (${this.#atOnce}): they take turns`,
      );
    this.#takeTurns = isTight || (this.#takeTurns && waiting > 0);
    if (!isTight) return;
    const hadTurn = staying.filter(({ leave, sinceMs }) => !leave.signal.aborted && nowMs - sinceMs >= TURN_MS);
    for (const { leave } of hadTurn.slice(0, waiting - idle.length)) leave.abort();
  }

  async #collect(run: RunId, stop: AbortSignal, onBatch: () => void): Promise<void> {
    try {
      await this.#collectOnce(run, stop, onBatch);
      this.#failures.delete(run);
    } catch (error) {
      this.#rest(run, error);
    }
  }

  async #collectOnce(run: RunId, stop: AbortSignal, onBatch: () => void): Promise<void> {
    const known = await findRunFolder(this.#dataDir, run);
    if (known !== undefined && (await readRunFile(known)).summary.state === 'ended') {
      this.#restUntilMs.set(run, Number.POSITIVE_INFINITY);
      return;
    }
    const folder = await openRunFolder(this.#dataDir, run);
    const { path } = folder;
    const onBegin = () => {
      if (!this.#logged.has(run)) this.#log.info({ event: 'collecting', run, folder: path }, `collecting run ${run} into ${path}`);
      this.#logged.add(run);
    };
    const options = {
      waitForClaimMs: 0,
      collectorId: this.#collectorId,
      onBegin,
      onBatch,
      // A run that only gave up its place still counts as running.
      stateWhenStopped: () => (this.#signal.aborted ? ('stopped' as const) : ('running' as const)),
    };
    const { state, books } = await collect(this.#engine, run, folder, options, this.#log, stop);
    if (state !== 'ended') return;
    this.#restUntilMs.set(run, Number.POSITIVE_INFINITY);
    const { rows, ok, failed, skipped, leftOut, balanced } = books;
    const figures = { run, folder: path, rows, ok, failed, skipped, ...(leftOut && { leftOut }) };
    if (balanced) this.#log.info({ event: 'run-ended', ...figures }, `run ${run} has ended: ${rows} rows in ${path}`);
    else
      this.#log.error({ event: 'books-unbalanced', ...figures, books }, `run ${run} has ended, but its counts do not balance: see ${path}`);
  }

  #rest(run: RunId, error: unknown): void {
    if (error instanceof RunClaimedError) {
      // While another collector holds the run, `uncollected` does not list it.
      if (error.reason === 'elsewhere') this.#restUntilMs.set(run, performance.now() + ELSEWHERE_MS);
      this.#log.debug({ event: 'run-claimed', run }, `run ${run} belongs to another collector: ${error.message}`);
      return;
    }
    if (error instanceof UnknownRunError) {
      // The run expired after it was listed.
      this.#restUntilMs.set(run, performance.now() + CLAIM_MS);
      return;
    }
    const failures = (this.#failures.get(run) ?? 0) + 1;
    const pauseMs = Math.min(MAX_PAUSE_MS, 1_000 * 2 ** failures);
    this.#failures.set(run, failures);
    this.#restUntilMs.set(run, performance.now() + pauseMs);
    this.#log.error(
      { event: 'collecting-failed', run, err: error },
      `run ${run} cannot be collected now; trying again in ${pauseMs / 1_000} s: ${(error as Error).message}`,
    );
  }

  #forgetAllBut(runs: ReadonlySet<RunId>): void {
    for (const notes of [this.#restUntilMs, this.#failures, this.#logged]) {
      for (const run of notes.keys()) if (!runs.has(run)) notes.delete(run);
    }
  }
}
