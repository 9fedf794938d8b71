import { setTimeout as sleep } from 'node:timers/promises';

/** Keeps the downloads of a producer from one origin apart by the run's interval. It does not know of the requests of workers. */
export class DownloadPace {
  readonly #intervalMs: number;
  /** Origin → when its next download may start, by the monotonic clock. */
  readonly #notBeforeMs = new Map<string, number>();

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Begins the download when it is the URL's turn. The next turn counts from the answer, because the request goes out only after a connection is open. Rejects with the reason of `signal` once that aborted. */
  async begin<Download>(url: string, signal: AbortSignal, download: () => Promise<Download>): Promise<Download> {
    if (this.#intervalMs === 0) return download();
    const { origin } = new URL(url);
    const waitMs = (this.#notBeforeMs.get(origin) ?? 0) - performance.now();
    if (waitMs > 0) await sleep(Math.ceil(waitMs), undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
    try {
      return await download();
    } finally {
      this.#notBeforeMs.set(origin, performance.now() + this.#intervalMs);
    }
  }
}
