import type { Entry } from '../../core/entry.ts';
import type { ChunkStore } from './chunk-store.ts';
import { EntryQueue } from './entry-queue.ts';

/** An origin's waiting entries of one run, in order. What was given back comes first again. */
export class Backlog {
  readonly origin: string;
  /** It is in its run's ready queue, or waits for a lane of its origin. */
  offered = false;
  /** Visits that take entries from it, each in a lane of the origin. */
  visits = 0;
  readonly #returned: Entry[] = [];
  readonly #waiting: EntryQueue;

  constructor(origin: string, store: ChunkStore) {
    this.origin = origin;
    this.#waiting = new EntryQueue(store);
  }

  get size(): number {
    return this.#returned.length + this.#waiting.size;
  }

  append(entry: Entry): void {
    this.#waiting.append(entry);
  }

  putBack(entry: Entry): void {
    this.#returned.push(entry);
  }

  take(): Entry | undefined {
    return this.#returned.pop() ?? this.#waiting.take();
  }
}
