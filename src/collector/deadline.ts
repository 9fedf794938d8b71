/** A signal that aborts a fixed time after another signal has, to limit work after a stop. */
export class Deadline {
  readonly #limitMs: number;
  readonly #message: string;
  readonly #stop: AbortSignal;
  readonly #onStop = () => this.start();
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  /** Starts the time when `stop` aborts. @param message of the error with which the signal aborts */
  constructor(limitMs: number, message: string, stop: AbortSignal) {
    this.#limitMs = limitMs;
    this.#message = message;
    this.#stop = stop;
    if (stop.aborted) this.start();
    else stop.addEventListener('abort', this.#onStop, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts the time now, if it has not been started. */
  start(): void {
    this.#timer ??= setTimeout(() => this.#controller.abort(new Error(this.#message)), this.#limitMs);
  }

  /** Stops the time: the signal will not abort. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#stop.removeEventListener('abort', this.#onStop);
  }
}
