/**
 * A process fetches one suspect at a time: if it dies, there is one that it can have died of.
 */
export class SuspectTurn {
  #waiting: Array<() => void> = [];
  #taken = false;

  /** Resolves to true when it is the caller's turn, which lasts until `leave`; to false if `givenUp` resolves first. */
  async enter(givenUp: Promise<void>): Promise<boolean> {
    let waits = true;
    const stop = givenUp.then(() => {
      waits = false;
    });
    while (this.#taken && waits) await Promise.race([stop, new Promise<void>((resolve) => this.#waiting.push(resolve))]);
    if (waits) this.#taken = true;
    return waits;
  }

  /** The turn is over. */
  leave(): void {
    this.#taken = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
