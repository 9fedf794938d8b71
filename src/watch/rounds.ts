import { orAborted } from '../util/async.ts';

/**
 * Decides which services are due in a round. A service whose last check has not ended is not due, so a slow service
 * delays only itself.
 */
export class Rounds {
  readonly #services: number;
  readonly #underWay = new Set<number>();
  #round = 0;

  /** @param services number of services */
  constructor(services: number) {
    this.#services = services;
  }

  /** Number of rounds begun so far. */
  get count(): number {
    return this.#round;
  }

  /**
   * Begins a round. Services in `due` are to be checked now; the last checks of those in `late` have not ended. If all
   * are late, no round begins.
   */
  begin(): { round: number; due: number[]; late: number[] } {
    const all = Array.from({ length: this.#services }, (_, index) => index);
    const late = [...this.#underWay].sort((a, b) => a - b);
    const due = all.filter((service) => !this.#underWay.has(service));
    if (due.length > 0) this.#round++;
    for (const service of due) this.#underWay.add(service);
    return { round: this.#round, due, late };
  }

  /** Call this when the check of the service has ended. */
  end(service: number): void {
    this.#underWay.delete(service);
  }

  /** True while a check has not ended. */
  get areUnderWay(): boolean {
    return this.#underWay.size > 0;
  }

  /** Call this when checks in progress were lost: if there were any, the last round is begun again. */
  repeat(): void {
    if (this.areUnderWay) this.#round--;
    this.#underWay.clear();
  }
}

/** Hands ticks to one source after another. If a source stops waiting, the tick remains for the next source. */
export class TickTaker {
  readonly #ticks: AsyncIterator<void>;
  #next: Promise<IteratorResult<void>> | undefined;

  constructor(ticks: AsyncIterable<void>) {
    this.#ticks = ticks[Symbol.asyncIterator]();
  }

  /**
   * Resolves with true at the next tick, and with false when there are no more. Rejects with the reason of `signal`, or
   * with an error of the ticks.
   */
  async take(signal: AbortSignal): Promise<boolean> {
    this.#next ??= this.#ticks.next();
    const { done } = await orAborted(this.#next, signal);
    this.#next = undefined;
    return done !== true;
  }

  /** Ends the schedule; resolves when it is removed. */
  async end(): Promise<void> {
    await this.#ticks.return?.();
  }
}
