import type { Entry } from '../../model/entry.ts';
import type { ChunkStore } from './chunk-store.ts';
import { EntryQueue } from './entry-queue.ts';

/**
 * Returned entries that stay unpacked. More than that are packed, and may go to the file, because many origins can
 * redirect to a slow one.
 */
const MAX_UNPACKED = 1_000;

/** An origin's waiting entries of one run, in order. Returned entries come first. */
export class Backlog {
  readonly origin: string;
  /** True while it is in its run's ready queue or waits for a lane of its origin. */
  offered = false;
  /** Visits that take entries from it. Each holds a lane of the origin. */
  visits = 0;
  readonly #store: ChunkStore;
  readonly #returned: Entry[] = [];
  #furtherReturned: EntryQueue | undefined;
  /** The first waiting entry, unpacked. In a wide list most origins have only this one, and packing it would be wasted. */
  #first: Entry | undefined;
  readonly #waiting: EntryQueue;

  constructor(origin: string, store: ChunkStore) {
    this.origin = origin;
    this.#store = store;
    this.#waiting = new EntryQueue(store);
  }

  get size(): number {
    return this.#returned.length + (this.#furtherReturned?.size ?? 0) + (this.#first === undefined ? 0 : 1) + this.#waiting.size;
  }

  append(entry: Entry): void {
    if (this.#first === undefined && this.#waiting.size === 0) this.#first = entry;
    else this.#waiting.append(entry);
  }

  putBack(entry: Entry): void {
    if (this.#returned.length < MAX_UNPACKED) {
      this.#returned.push(entry);
      return;
    }
    this.#furtherReturned ??= new EntryQueue(this.#store);
    this.#furtherReturned.append(entry);
  }

  take(): Entry | undefined {
    return this.#returned.pop() ?? this.#furtherReturned?.take() ?? this.#takeFirst() ?? this.#waiting.take();
  }

  #takeFirst(): Entry | undefined {
    const first = this.#first;
    this.#first = undefined;
    return first;
  }
}
