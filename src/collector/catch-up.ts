import type { RunId } from '../model/run-id.ts';
import type { CollectedEngine } from './collected-engine.ts';
import { Deadline } from './deadline.ts';

/** How long reading may continue after the stop. */
const CATCH_UP_MS = 4_000;

/**
 * Keeps the collector reading after the stop, until the log has all outcomes that were settled by then: those URLs have
 * been fetched, and a memory engine will soon forget them. `signal` aborts when that is done, or after 4 seconds.
 */
export class CatchUp {
  readonly signal: AbortSignal;
  readonly #engine: Pick<CollectedEngine, 'counts'>;
  readonly #run: RunId;
  readonly #rows: () => number;
  readonly #stop: AbortSignal;
  readonly #onStop = () => void this.#begin();
  readonly #done = new AbortController();
  readonly #deadline: Deadline;
  #targetRows = Number.POSITIVE_INFINITY;

  constructor(engine: Pick<CollectedEngine, 'counts'>, run: RunId, rows: () => number, stop: AbortSignal) {
    this.#engine = engine;
    this.#run = run;
    this.#rows = rows;
    this.#stop = stop;
    this.#deadline = new Deadline(CATCH_UP_MS, 'not all that was settled could be read', stop);
    this.signal = AbortSignal.any([this.#done.signal, this.#deadline.signal]);
    if (stop.aborted) this.#onStop();
    else stop.addEventListener('abort', this.#onStop, { once: true });
  }

  /** Call this after each append. */
  check(): void {
    if (this.#rows() >= this.#targetRows) this.#done.abort();
  }

  end(): void {
    this.#deadline.cancel();
    this.#stop.removeEventListener('abort', this.#onStop);
  }

  async #begin(): Promise<void> {
    try {
      this.#targetRows = (await this.#engine.counts(this.#run)).settled;
    } catch {
      this.#targetRows = 0;
    }
    this.check();
  }
}
