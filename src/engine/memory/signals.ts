/** Wakes waiters, one or all. A raise without a waiter is not remembered, so look at the state before you wait. */
export class Signals {
  #waiters: Array<() => void> = [];

  /** Resolves at the next raise, or after `timeoutMs`. */
  wait(timeoutMs = Number.POSITIVE_INFINITY): Promise<void> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const wake = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiters.push(wake);
      if (timeoutMs !== Number.POSITIVE_INFINITY) {
        // Node treats a delay above 2^31 - 1 ms as 1 ms.
        timer = setTimeout(() => this.#leave(wake), Math.min(Math.max(0, timeoutMs), 2 ** 31 - 1));
      }
    });
  }

  raiseOne(): void {
    this.#waiters.shift()?.();
  }

  raiseAll(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  #leave(wake: () => void): void {
    const index = this.#waiters.indexOf(wake);
    if (index !== -1) this.#waiters.splice(index, 1);
    wake();
  }
}
