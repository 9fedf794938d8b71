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
