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

export interface ServeOptions {
  /** Time between two looks for runs, in milliseconds. */
  lookEveryMs?: number;
  /** Runs collected at a time. */
  atOnce?: number;
}

const MAX_PAUSE_MS = 60_000;
/** A run without new outcomes for so long is left until it has some: an open log, a claim and looks at its stream cost something. */
const IDLE_MS = 30_000;
/** If other runs wait, it is left sooner; and one that always has outcomes makes room after its turn. */
const IDLE_BEFORE_OTHERS_MS = 1_000;
const TURN_MS = 10_000;
/** An engine has so long to hear that this collector leaves. */
const LEAVE_MS = 1_000;

/** A run whose log is in another folder is looked at again after so long: it may have been removed and begun anew. */
const ELSEWHERE_MS = 60_000;

/**
 * Collects every run that the engine knows into its folder below `dataDir`, except those that ended there already and those that another
 * collector has (docs/decisions/0043). The runs of one that died are free when its claims have lapsed, CLAIM_MS after it renewed them last, and the next look finds them. A run takes a place only while it has outcomes; if more have some than there are places, they take turns. One that fails is tried again after
 * a pause that grows, and holds up no other. Resolves when `signal` has aborted and all have stopped.
 */
export async function serveRuns(engine: Engine, dataDir: string, log: Log, signal: AbortSignal, options: ServeOptions = {}): Promise<void> {
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

/** A run that has a place. */
interface Place {
  readonly sinceMs: number;
  /** When it last had outcomes. */
  activeAtMs: number;
  /** Leaves the run as it is, until it has outcomes again or its next turn comes. */
  readonly leave: AbortController;
  readonly collecting: Promise<void>;
}

class Service {
  readonly #engine: Engine;
  readonly #dataDir: string;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #atOnce: number;
  /** The same for all turns of a run: its claim lasts on from one to the next. */
  readonly #collectorId = `${hostname()}-${randomUUID().slice(0, 8)}`;
  readonly #places = new Map<RunId, Place>();
  /** Runs that are not to be looked at: those that ended here for ever, those that failed until a time of the monotonic clock. */
  readonly #restUntilMs = new Map<RunId, number>();
  readonly #failures = new Map<RunId, number>();
  /** Runs of which it was logged that they are collected here. */
  readonly #logged = new Set<RunId>();
  #takeTurns = false;
  /** Live collectors of the deployment, this one included. */
  #collectors = 1;

  constructor(engine: Engine, dataDir: string, log: Log, signal: AbortSignal, atOnce: number) {
    this.#engine = engine;
    this.#dataDir = dataDir;
    this.#log = log;
    this.#signal = signal;
    this.#atOnce = atOnce;
  }

  /** Starts on the runs that have something to collect, as long as there are places, and frees places for the others. */
  async look(): Promise<void> {
    const [runs] = await Promise.all([this.#engine.runs(), this.#attend()]);
    this.#forgetAllBut(new Set(runs));
    const nowMs = performance.now();
    const candidates = runs.filter((run) => !this.#places.has(run) && (this.#restUntilMs.get(run) ?? 0) <= nowMs);
    const waiting = candidates.length === 0 ? [] : await this.#engine.uncollected(candidates, this.#collectorId);
    if (this.#signal.aborted) return;
    const places = Math.max(0, this.#atOnce - this.#places.size);
    // Its part of them: other collectors look as often, and take theirs.
    const part = Math.ceil(waiting.length / this.#collectors);
    for (const run of waiting.slice(0, Math.min(places, part))) this.#start(run);
    this.#makeRoom(Math.max(0, waiting.length - places), performance.now());
  }

  /** Says that it lives. A Redis that is full refuses that, and has to be collected from all the same. */
  async #attend(): Promise<void> {
    try {
      this.#collectors = Math.max(1, await this.#engine.attend(this.#collectorId, this.#places.size));
    } catch (error) {
      this.#log.debug({ event: 'collector-unseen', err: error }, 'this collector could not report that it is alive');
    }
  }

  /** Says that it leaves. An engine that is away need not hear it. */
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

  /** Leaves runs in which nothing happens, and, if others wait and that is not enough, those that have had their turn. */
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
      // One that is left is still being collected, only not at this moment.
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
      // While another one holds it, looks leave it out.
      if (error.reason === 'elsewhere') this.#restUntilMs.set(run, performance.now() + ELSEWHERE_MS);
      this.#log.debug({ event: 'run-claimed', run }, `run ${run} belongs to another collector: ${error.message}`);
      return;
    }
    if (error instanceof UnknownRunError) {
      // It expired between the look and now.
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
