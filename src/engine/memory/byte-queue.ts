const PAGE_BYTES = 64 * 1024;
/** The most empty pages that are kept for later: 16 MiB. */
const MAX_SPARE = 256;

/**
 * Bytes in pages outside the heap, first in, first out. Empty pages are used again. If they were not, each would take memory until V8's next major
 * collection.
 */
export class ByteQueue {
  readonly #pages: Buffer[] = [];
  readonly #spare: Buffer[] = [];
  /** The position of the first byte of the first page, and the one behind the last byte. */
  #start = 0;
  #end = 0;

  /** Returns the position of the first of the bytes. */
  append(bytes: Buffer): number {
    const at = this.#end;
    for (let done = 0; done < bytes.length; ) {
      const end = this.#end - this.#start;
      if (end === this.#pages.length * PAGE_BYTES) this.#pages.push(this.#spare.pop() ?? Buffer.allocUnsafeSlow(PAGE_BYTES));
      const copied = bytes.copy(this.#pages.at(-1) as Buffer, end % PAGE_BYTES, done);
      done += copied;
      this.#end += copied;
    }
    return at;
  }

  /** A copy of the bytes, which must not have been dropped. */
  read(at: number, bytes: number): Buffer {
    const from = at - this.#start;
    const first = Math.floor(from / PAGE_BYTES);
    const pages = this.#pages.slice(first, Math.ceil((from + bytes) / PAGE_BYTES));
    return Buffer.concat(pages).subarray(from - first * PAGE_BYTES, from - first * PAGE_BYTES + bytes);
  }

  /** Drops all bytes before the position. */
  dropBefore(at: number): void {
    while (at - this.#start >= PAGE_BYTES) {
      const page = this.#pages.shift() as Buffer;
      if (this.#spare.length < MAX_SPARE) this.#spare.push(page);
      this.#start += PAGE_BYTES;
    }
  }
}
