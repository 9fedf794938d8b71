import type { Batch } from '../engine/engine.ts';

// chaos: batch-lines
export const MAX_BATCH_LINES = 1_000;
/** Records can be long: a batch is one job in Redis, and holds no more than this unless one line does. */
const MAX_BATCH_CHARS = 1_000_000;

/** How long a line of a live source waits for others to fill its batch. */
const MAX_LINGER_MS = 100;

/** Lines of one source that wait for their batch, and the numbering of its lines. */
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

  /** There are enough for a batch. */
  get isFull(): boolean {
    return this.count >= MAX_BATCH_LINES || this.#chars > MAX_BATCH_CHARS;
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
    for (const line of lines) this.#chars += line.length;
  }

  /** The next batch, as many lines as it may have. Which these are depends on the source alone, not on the pieces in which it was added, as long as only full ones are taken before its end. */
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
