import type { Batch } from '../engine/engine.ts';

export const MAX_BATCH_LINES = 1_000;

/** How long a line of a live source waits for others to fill its batch. */
const MAX_LINGER_MS = 100;

/** Lines of one source that wait for their batch, and the numbering of its lines. */
export class PendingLines {
  readonly #live: boolean;
  #lines: string[] = [];
  #taken = 0;
  #sinceMs = 0;
  #nextLine = 1;

  constructor(live: boolean) {
    this.#live = live;
  }

  get count(): number {
    return this.#lines.length - this.#taken;
  }

  /** Milliseconds until the oldest line has waited long enough; infinite when there is none, or the source can wait. */
  get lingerMs(): number {
    return this.count === 0 || !this.#live ? Number.POSITIVE_INFINITY : Math.max(0, this.#sinceMs + MAX_LINGER_MS - performance.now());
  }

  add(lines: string[]): void {
    if (lines.length === 0) return;
    if (this.count === 0) this.#sinceMs = performance.now();
    this.#lines = this.count === 0 ? lines : this.#lines.slice(this.#taken).concat(lines);
    this.#taken = 0;
  }

  /** The next batch, of up to MAX_BATCH_LINES lines. */
  take(): Pick<Batch, 'firstLine' | 'lines'> {
    const lines = this.#lines.slice(this.#taken, this.#taken + MAX_BATCH_LINES);
    const firstLine = this.#nextLine;
    this.#taken += lines.length;
    this.#nextLine += lines.length;
    if (this.count > 0) this.#sinceMs = performance.now();
    return { firstLine, lines };
  }
}
