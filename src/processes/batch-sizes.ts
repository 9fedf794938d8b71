/** Most entries that a visit gets at once. */
const MAX_BATCH = 16;
/** A visit gets as many entries as it fetches in this time, in milliseconds. */
const BATCH_MS = 25;
/** Most origins that are remembered. */
const MAX_ORIGINS = 1_000;

/** Learns how fast the entries of each origin are fetched, and so how many of them to send to a process at once. */
export class BatchSizes {
  readonly #sizes = new Map<string, number>();

  /** 1 for an origin from which nothing has been fetched lately. */
  of(origin: string): number {
    return this.#sizes.get(origin) ?? 1;
  }

  /** @param elapsedMs how long a visit took for this many entries */
  learn(origin: string, entries: number, elapsedMs: number): void {
    const size = Math.max(1, Math.min(MAX_BATCH, Math.floor((BATCH_MS * entries) / elapsedMs)));
    this.#sizes.delete(origin);
    if (this.#sizes.size >= MAX_ORIGINS) this.#sizes.clear();
    if (size > 1) this.#sizes.set(origin, size);
  }
}
