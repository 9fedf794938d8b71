import type { Entry } from '../../core/entry.ts';

/** An origin's waiting entries of one run, in order. What was given back comes first again. */
export class Backlog {
  readonly origin: string;
  /** It is in its run's ready queue, or waits for a lane of its origin. */
  offered = false;
  /** Visits that take entries from it, each in a lane of the origin. */
  visits = 0;
  readonly #returned: Entry[] = [];
  #entries: Entry[] = [];
  #head = 0;

  constructor(origin: string) {
    this.origin = origin;
  }

  get size(): number {
    return this.#returned.length + this.#entries.length - this.#head;
  }

  append(entry: Entry): void {
    this.#entries.push(entry);
  }

  putBack(entry: Entry): void {
    this.#returned.push(entry);
  }

  take(): Entry | undefined {
    const returned = this.#returned.pop();
    if (returned !== undefined) return returned;
    const entry = this.#entries[this.#head];
    if (entry === undefined) return undefined;
    this.#head++;
    if (this.#head >= 1024 && this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }
}
