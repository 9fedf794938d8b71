interface Timed<T> {
  atMs: number;
  /** Keeps values with the same time in the order in which they were added. */
  order: number;
  value: T;
}

/** A priority queue by time: a binary heap, first in first out among equal times. */
export class TimedQueue<T> {
  readonly #heap: Timed<T>[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The earliest time in the queue. Infinity if it is empty. */
  get nextMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  push(atMs: number, value: T): void {
    const heap = this.#heap;
    const item = { atMs, order: this.#order++, value };
    let index = heap.length;
    heap.push(item);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(heap[parent] as Timed<T>, item)) break;
      heap[index] = heap[parent] as Timed<T>;
      index = parent;
    }
    heap[index] = item;
  }

  /** Removes and returns the earliest value, if its time is at or before `nowMs`. */
  popDue(nowMs: number): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.atMs > nowMs) return undefined;
    const last = heap.pop() as Timed<T>;
    if (heap.length > 0) this.#sink(last);
    return first.value;
  }

  #sink(item: Timed<T>): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Timed<T>, heap[child] as Timed<T>)) child++;
      if (isBefore(item, heap[child] as Timed<T>)) break;
      heap[index] = heap[child] as Timed<T>;
      index = child;
    }
    heap[index] = item;
  }
}

function isBefore<T>(a: Timed<T>, b: Timed<T>): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
