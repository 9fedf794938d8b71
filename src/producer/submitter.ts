import type { Batch } from '../engine/batch.ts';
import type { Engine } from '../engine/engine.ts';
import type { RunId } from '../model/run-id.ts';
import { inSpan } from '../model/tracing.ts';
import { orAborted } from '../util/async.ts';

/** Enough to hide the latency of a round trip. Backpressure comes from the engine. */
const MAX_SUBMITS_IN_FLIGHT = 4;

/** Numbers the batches of all sources and keeps a few submits in flight. */
export class Submitter {
  /** Aborts with the caller's signal, or when a submit fails, with that error as its reason. */
  readonly stop: AbortSignal;
  readonly #engine: Pick<Engine, 'submit'>;
  readonly #run: RunId;
  readonly #onLines: ((lines: number) => void) | undefined;
  readonly #failed = new AbortController();
  readonly #inFlight = new Set<Promise<void>>();
  #batches = 0;
  #lines = 0;
  #acceptedLines = 0;

  constructor(engine: Pick<Engine, 'submit'>, run: RunId, onLines: ((lines: number) => void) | undefined, signal: AbortSignal) {
    this.#engine = engine;
    this.#run = run;
    this.#onLines = onLines;
    this.stop = AbortSignal.any([signal, this.#failed.signal]);
  }

  get submitted(): { batches: number; lines: number } {
    return { batches: this.#batches, lines: this.#lines };
  }

  /** Resolves once the submit has begun; rejects with the reason of `stop`. */
  async submit(batch: Omit<Batch, 'number'>): Promise<void> {
    await this.#atMost(MAX_SUBMITS_IN_FLIGHT - 1);
    const accepting = this.#accept({ ...batch, number: this.#batches });
    this.#batches += 1;
    this.#lines += batch.lines.length;
    this.#inFlight.add(accepting);
    void accepting.then(() => this.#inFlight.delete(accepting));
  }

  /** Resolves once all submitted batches have been accepted; rejects with the reason of `stop`. */
  idle(): Promise<void> {
    return this.#atMost(0);
  }

  async #accept(batch: Batch): Promise<void> {
    try {
      const attributes = { 'trawl.run.id': this.#run, 'trawl.batch': batch.number, 'trawl.lines': batch.lines.length };
      await inSpan({ name: 'submit batch', kind: 'producer', attributes }, () => this.#engine.submit(this.#run, batch));
      this.#acceptedLines += batch.lines.length;
      this.#onLines?.(this.#acceptedLines);
    } catch (error) {
      this.#failed.abort(error);
    }
  }

  /**
   * Waits until at most `count` submits are in flight. A submit that waits for room in the frontier ignores the signal,
   * so this stops waiting for it after the stop.
   */
  async #atMost(count: number): Promise<void> {
    while (this.#inFlight.size > count) await orAborted(Promise.race(this.#inFlight), this.stop);
    this.stop.throwIfAborted();
  }
}
