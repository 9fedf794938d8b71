import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunClaimedError, UnknownRunError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { orAborted } from '../core/or-aborted.ts';
import type { RunId } from '../core/run-id.ts';
import { CLAIM_MS, type Engine } from '../engine/engine.ts';
import { collect } from './collect.ts';
import { findRunFolder, openRunFolder, readRunFile } from './run-folder.ts';

export interface ServeOptions {
  /** Time between two looks for runs, in milliseconds. */
  lookEveryMs?: number;
  /** Runs collected at a time. A run that never ends holds a place. */
  atOnce?: number;
}

const MAX_PAUSE_MS = 60_000;

/**
 * Collects every run that the engine knows into its folder below `dataDir`, except those that ended there already and those that another
 * collector has. One that fails is tried again after a pause that grows, and holds up no other. Resolves when `signal` has aborted and all
 * have stopped.
 */
export async function serveRuns(engine: Engine, dataDir: string, log: Log, signal: AbortSignal, options: ServeOptions = {}): Promise<void> {
  const { lookEveryMs = 1_000, atOnce = 100 } = options;
  // Each run listens for the stop.
  setMaxListeners(0, signal);
  const service = new Service(engine, dataDir, log, signal);
  let couldLook = true;
  while (!signal.aborted) {
    try {
      service.start(await orAborted(engine.runs(), signal), atOnce);
      couldLook = true;
    } catch (error) {
      if (couldLook && !signal.aborted) log.warn({ err: error }, 'cannot ask the engine for its runs; trying again');
      couldLook = false;
    }
    await sleep(lookEveryMs, undefined, { signal }).catch(() => {});
  }
  await service.stopped();
}

class Service {
  readonly #engine: Engine;
  readonly #dataDir: string;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #active = new Map<RunId, Promise<void>>();
  /** Runs that are not to be looked at: those that ended here for ever, those that failed until a time of the monotonic clock. */
  readonly #restUntilMs = new Map<RunId, number>();
  readonly #failures = new Map<RunId, number>();

  constructor(engine: Engine, dataDir: string, log: Log, signal: AbortSignal) {
    this.#engine = engine;
    this.#dataDir = dataDir;
    this.#log = log;
    this.#signal = signal;
  }

  /** Starts on those of the runs that are to be collected, as long as there is room. */
  start(runs: readonly RunId[], atOnce: number): void {
    this.#forgetAllBut(new Set(runs));
    for (const run of runs) {
      if (this.#active.size >= atOnce) return;
      if (this.#active.has(run) || (this.#restUntilMs.get(run) ?? 0) > performance.now()) continue;
      const collecting = this.#collect(run).finally(() => this.#active.delete(run));
      this.#active.set(run, collecting);
    }
  }

  async stopped(): Promise<void> {
    await Promise.all(this.#active.values());
  }

  async #collect(run: RunId): Promise<void> {
    try {
      await this.#collectOnce(run);
      this.#failures.delete(run);
    } catch (error) {
      this.#rest(run, error);
    }
  }

  async #collectOnce(run: RunId): Promise<void> {
    const known = await findRunFolder(this.#dataDir, run);
    if (known !== undefined && (await readRunFile(known)).summary.state === 'ended') {
      this.#restUntilMs.set(run, Number.POSITIVE_INFINITY);
      return;
    }
    const folder = await openRunFolder(this.#dataDir, run);
    const { path } = folder;
    const onBegin = () => this.#log.info({ run, folder: path }, `collecting run ${run} into ${path}`);
    const { state, books } = await collect(this.#engine, run, folder, { waitForClaimMs: 0, onBegin }, this.#log, this.#signal);
    if (state !== 'ended') return;
    this.#restUntilMs.set(run, Number.POSITIVE_INFINITY);
    const { rows, ok, failed, skipped, leftOut, balanced } = books;
    const figures = { run, folder: path, rows, ok, failed, skipped, ...(leftOut && { leftOut }) };
    if (balanced) this.#log.info(figures, `run ${run} has ended: ${rows} rows in ${path}`);
    else this.#log.error({ ...figures, books }, `run ${run} has ended, but its books do not balance: see ${path}`);
  }

  #rest(run: RunId, error: unknown): void {
    if (error instanceof RunClaimedError) {
      this.#restUntilMs.set(run, performance.now() + CLAIM_MS);
      this.#log.debug({ run }, `run ${run} is another collector's: ${error.message}`);
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
      { run, err: error },
      `run ${run} cannot be collected now, trying again in ${pauseMs / 1_000} s: ${(error as Error).message}`,
    );
  }

  #forgetAllBut(runs: ReadonlySet<RunId>): void {
    for (const notes of [this.#restUntilMs, this.#failures]) {
      for (const run of notes.keys()) if (!runs.has(run)) notes.delete(run);
    }
  }
}
