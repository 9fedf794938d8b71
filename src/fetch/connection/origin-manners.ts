/**
 * How a server is talked to: `strict` HTTP/1.1; `tolerant`, the same through a reader that accepts common faults, on a connection for one request;
 * or `http2`.
 */
export type Manner = 'strict' | 'tolerant' | 'http2';

/** Origins that are remembered. Those that were noted first go first. */
const MOST_ORIGINS = 10_000;

/** The origins that are not talked to strictly, so that each of their URLs takes one request and not two. */
export class OriginManners {
  readonly #manners = new Map<string, Manner>();

  /** @param origin `scheme://host:port`, canonical */
  of(origin: string): Manner {
    return this.#manners.size === 0 ? 'strict' : (this.#manners.get(origin) ?? 'strict');
  }

  note(origin: string, manner: Manner): void {
    if (this.of(origin) === manner) return;
    this.#manners.delete(origin);
    if (manner === 'strict') return;
    this.#manners.set(origin, manner);
    for (const oldest of this.#manners.keys()) {
      if (this.#manners.size <= MOST_ORIGINS) break;
      this.#manners.delete(oldest);
    }
  }
}
