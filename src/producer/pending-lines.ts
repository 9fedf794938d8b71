import type { Batch } from '../engine/batch.ts';

// chaos: batch-lines
export const MAX_BATCH_LINES = 1_000;
/**
 * Limit on the characters of a batch, because a batch is one value in Redis and records can be long. A single longer
 * line is a batch of its own.
 */
const MAX_BATCH_CHARS = 1_000_000;

/** How long a line of a live source waits for more lines to fill its batch. */
const MAX_LINGER_MS = 100;

/** Collects the lines of one source into batches, and numbers its lines. */
export class PendingLines {
  readonly #live: boolean;
  #lines: string[] = [];
  #taken = 0;
  #chars = 0;
  #sinceMs = 0;
  #nextLine = 1;

  constructor(live: boolean) {
    this.#live = live;
  }

  get count(): number {
    return this.#lines.length - this.#taken;
  }

  /** True if there are enough lines for a full batch. */
  get isFull(): boolean {
    return this.count >= MAX_BATCH_LINES || this.#chars > MAX_BATCH_CHARS;
  }

  /**
   * Milliseconds until the oldest line has waited long enough. Infinity if there is no line, or if the source is not
   * live and so can wait.
   */
  get lingerMs(): number {
    return this.count === 0 || !this.#live ? Number.POSITIVE_INFINITY : Math.max(0, this.#sinceMs + MAX_LINGER_MS - performance.now());
  }

  add(lines: string[]): void {
    if (lines.length === 0) return;
    if (this.count === 0) this.#sinceMs = performance.now();
    this.#lines = this.count === 0 ? lines : this.#lines.slice(this.#taken).concat(lines);
    this.#taken = 0;
    for (const line of lines) this.#chars += line.length;
  }

  /**
   * Takes the next batch, with as many lines as allowed. If only full batches are taken before the source ends, the
   * batches depend only on the source's lines, and not on the chunks in which these were added.
   */
  take(): Pick<Batch, 'firstLine' | 'lines'> {
    let end = this.#taken;
    let chars = 0;
    while (end < this.#lines.length && end - this.#taken < MAX_BATCH_LINES) {
      const length = (this.#lines[end] as string).length;
      if (end > this.#taken && chars + length > MAX_BATCH_CHARS) break;
      chars += length;
      end++;
    }
    const lines = this.#lines.slice(this.#taken, end);
    const firstLine = this.#nextLine;
    this.#taken = end;
    this.#chars -= chars;
    this.#nextLine += lines.length;
    if (this.count > 0) this.#sinceMs = performance.now();
    return { firstLine, lines };
  }
}
