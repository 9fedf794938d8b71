/** The time for which a visit has its lock. A fetch beyond it could be one more than its origin may have. */
export class VisitLease {
  readonly #onLapse: () => void;
  #timer: NodeJS.Timeout | undefined;
  /** By this process's monotonic clock. */
  #untilMs = 0;

  /** @param onLapse called when the lease was not extended in time */
  constructor(onLapse: () => void) {
    this.#onLapse = onLapse;
  }

  extend(untilMs: number): void {
    this.#untilMs = untilMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onLapse, Math.max(0, untilMs - performance.now()));
  }

  /** Checks the clock before something is started, because timers are late in a process that was suspended. */
  check(): void {
    if (performance.now() >= this.#untilMs) this.#onLapse();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
