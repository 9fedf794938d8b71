/** Waiters that are woken one at a time or all at once. A raise that nobody waits for is not kept: whoever waits looks at the state first. */
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
        // Node takes a delay beyond 2^31 - 1 ms for 1 ms.
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
