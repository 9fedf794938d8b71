/** A signal that aborts some time after another one has, for what need not be waited for any longer then. */
export class Deadline {
  readonly #limitMs: number;
  readonly #late: string;
  readonly #stop: AbortSignal;
  readonly #onStop = () => this.start();
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  /** The time runs from when `stop` aborts. `late` is the message of the signal's reason. */
  constructor(limitMs: number, late: string, stop: AbortSignal) {
    this.#limitMs = limitMs;
    this.#late = late;
    this.#stop = stop;
    if (stop.aborted) this.start();
    else stop.addEventListener('abort', this.#onStop, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The time runs from now, if it does not run yet. */
  start(): void {
    this.#timer ??= setTimeout(() => this.#controller.abort(new Error(this.#late)), this.#limitMs);
  }

  /** The signal will not abort any more. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#stop.removeEventListener('abort', this.#onStop);
  }
}
