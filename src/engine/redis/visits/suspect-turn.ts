/**
 * Lets a process fetch one suspect at a time. If the process dies, only that one can be the cause.
 */
export class SuspectTurn {
  #waiting: Array<() => void> = [];
  #taken = false;

  /** Resolves to true when it is the caller's turn, which lasts until `leave`. Resolves to false if `givenUp` resolves first. */
  async enter(givenUp: Promise<void>): Promise<boolean> {
    let waits = true;
    const stop = givenUp.then(() => {
      waits = false;
    });
    while (this.#taken && waits) await Promise.race([stop, new Promise<void>((resolve) => this.#waiting.push(resolve))]);
    if (waits) this.#taken = true;
    return waits;
  }

  /** Ends the caller's turn. */
  leave(): void {
    this.#taken = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
