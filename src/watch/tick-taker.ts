import { orAborted } from '../util/async.ts';

/** Ticks that are taken by one source after another: one that stops waiting leaves the tick to the next. */
export class TickTaker {
  readonly #ticks: AsyncIterator<void>;
  #next: Promise<IteratorResult<void>> | undefined;

  constructor(ticks: AsyncIterable<void>) {
    this.#ticks = ticks[Symbol.asyncIterator]();
  }

  /** True at the next tick, false when there are no more. Rejects with the reason of `signal`, or what went wrong with the ticks. */
  async take(signal: AbortSignal): Promise<boolean> {
    this.#next ??= this.#ticks.next();
    const { done } = await orAborted(this.#next, signal);
    this.#next = undefined;
    return done !== true;
  }

  /** Resolves when nothing of the schedule is left. */
  async end(): Promise<void> {
    await this.#ticks.return?.();
  }
}
