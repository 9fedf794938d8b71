import type { RunId } from '../core/run-id.ts';
import type { Engine } from '../engine/engine.ts';

/** How long reading may go on after the stop. */
const CATCH_UP_MS = 5_000;

/**
 * After the stop, reading goes on until the log has what was settled by then: those URLs were fetched, and a memory engine is about to
 * forget them. `signal` aborts when that is so, or after 5 seconds.
 */
export class CatchUp {
  readonly #engine: Pick<Engine, 'counts'>;
  readonly #run: RunId;
  readonly #rows: () => number;
  readonly #stop: AbortSignal;
  readonly #onStop = () => void this.#begin();
  readonly #done = new AbortController();
  #targetRows = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(engine: Pick<Engine, 'counts'>, run: RunId, rows: () => number, stop: AbortSignal) {
    this.#engine = engine;
    this.#run = run;
    this.#rows = rows;
    this.#stop = stop;
    if (stop.aborted) this.#onStop();
    else stop.addEventListener('abort', this.#onStop, { once: true });
  }

  get signal(): AbortSignal {
    return this.#done.signal;
  }

  /** To be called after appends. */
  check(): void {
    if (this.#rows() >= this.#targetRows) this.#done.abort();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#stop.removeEventListener('abort', this.#onStop);
  }

  async #begin(): Promise<void> {
    this.#timer = setTimeout(() => this.#done.abort(), CATCH_UP_MS);
    try {
      this.#targetRows = (await this.#engine.counts(this.#run)).settled;
    } catch {
      this.#targetRows = 0;
    }
    this.check();
  }
}
