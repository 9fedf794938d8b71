/**
 * The memory that all pages in progress of one process may take together.
 *
 * A page opens a share once it is large, and raises it as it grows: while its body is read, and when its links are
 * known. It closes the share when all of that memory is free again. Small pages have no share and never wait. A share
 * that does not fit waits until others are closed, with one exception: **the oldest open share always gets what it asks
 * for.**
 *
 *     open ──raise──► granted ──raise──► … ──► closed
 *                └──► waiting ──► granted, when there is room or it has become the oldest
 *
 * - No deadlock: the oldest share never waits, so its page ends (its fetch has a deadline), and then the next share is
 *   the oldest.
 * - No starvation: smaller requests may overtake a waiting share, but a newer share never becomes older than it.
 * - Bound: at most the limit, plus what the oldest page needs beyond it.
 */
export class PageBudget {
  readonly limitBytes: number;
  #usedBytes = 0;
  /** The open shares, oldest first. */
  readonly #open = new Set<PageShare>();

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Number of waiting shares. */
  get waiting(): number {
    return [...this.#open].filter((share) => share.isWaiting).length;
  }

  open(): PageShare {
    const share: PageShare = new PageShare({
      mayTake: (bytes) => this.#usedBytes + bytes <= this.limitBytes || this.#isOldest(share),
      take: (bytes) => {
        this.#usedBytes += bytes;
      },
      close: () => {
        this.#open.delete(share);
        this.#grantWaiting();
      },
    });
    this.#open.add(share);
    return share;
  }

  #isOldest(share: PageShare): boolean {
    const [oldest] = this.#open;
    return oldest === share;
  }

  #grantWaiting(): void {
    for (const share of this.#open) share.retry();
  }
}

interface ShareHome {
  mayTake(bytes: number): boolean;
  take(bytes: number): void;
  close(): void;
}

/** The share of one page. */
export class PageShare {
  readonly #home: ShareHome;
  #bytes = 0;
  #isClosed = false;
  #waiting: { bytes: number; granted: () => void } | undefined;

  constructor(home: ShareHome) {
    this.#home = home;
  }

  /** Bytes that were granted. */
  get bytes(): number {
    return this.#bytes;
  }

  get isWaiting(): boolean {
    return this.#waiting !== undefined;
  }

  /**
   * Raises the share to `bytes`. True if that was granted at once. Otherwise `granted` is called once, when it is
   * granted or the share is closed: take no more memory until then. A share can wait for only one raise at a time.
   */
  raise(bytes: number, granted: () => void): boolean {
    if (this.#isClosed || bytes <= this.#bytes) return true;
    this.#waiting = { bytes, granted };
    return this.#grant() !== undefined;
  }

  /** Like `raise`, but resolves when it is granted or the share is closed. */
  async raised(bytes: number): Promise<void> {
    await new Promise<void>((resolve) => {
      if (this.raise(bytes, resolve)) resolve();
    });
  }

  /** Releases the share, once the page's memory is free. May be repeated. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#home.take(-this.#bytes);
    this.#bytes = 0;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#home.close();
    waiting?.granted();
  }

  /** Grants a waiting raise if it fits now. Called when other shares were closed. */
  retry(): void {
    this.#grant()?.();
  }

  #grant(): (() => void) | undefined {
    const waiting = this.#waiting;
    if (waiting === undefined || !this.#home.mayTake(waiting.bytes - this.#bytes)) return undefined;
    this.#home.take(waiting.bytes - this.#bytes);
    this.#bytes = waiting.bytes;
    this.#waiting = undefined;
    return waiting.granted;
  }
}
