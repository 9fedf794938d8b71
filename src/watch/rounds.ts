import { orAborted } from '../util/async.ts';
/** Which services are due in a round: one whose check before is still under way is left out, so that a slow one holds up only itself. */
export class Rounds {
  readonly #services: number;
  readonly #underWay = new Set<number>();
  #round = 0;

  /** @param services how many there are */
  constructor(services: number) {
    this.#services = services;
  }

  /** Rounds begun so far. */
  get count(): number {
    return this.#round;
  }

  /** A round begins: those that are `due` are under way from here, those that are `late` still are. No round begins while all are. */
  begin(): { round: number; due: number[]; late: number[] } {
    const all = Array.from({ length: this.#services }, (_, index) => index);
    const late = [...this.#underWay].sort((a, b) => a - b);
    const due = all.filter((service) => !this.#underWay.has(service));
    if (due.length > 0) this.#round++;
    for (const service of due) this.#underWay.add(service);
    return { round: this.#round, due, late };
  }

  /** The check of the service has come. */
  end(service: number): void {
    this.#underWay.delete(service);
  }

  /** Checks are still to come. */
  get areUnderWay(): boolean {
    return this.#underWay.size > 0;
  }

  /** What is under way will not come: if there is such, the last round is to be begun again. */
  repeat(): void {
    if (this.areUnderWay) this.#round--;
    this.#underWay.clear();
  }
}

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
