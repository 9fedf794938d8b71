import type { ChainCookies } from '../fetch/chain-cookies.ts';
import type { Entry } from '../model/entry.ts';
import type { RunId } from '../model/run-id.ts';

/** Limits on entries with secrets, and on bytes of cookies. Beyond them, the oldest secrets are dropped. */
const MAX_SECRETS = 10_000;
const MAX_COOKIE_BYTES = 16_777_216;

/** What the next request of a redirect chain needs, but must not be stored in an engine. */
export interface ChainSecret {
  /** Value of the Authorization header. */
  authorization?: string | undefined;
  cookies?: ChainCookies | undefined;
}

const NO_SECRET: ChainSecret = {};

/**
 * Secrets of redirects that wait for their next request: credentials, as in `Location: https://user:password@host/`,
 * and cookies. They stay in this process and reach neither Redis nor a log. If another process gets the entry, it can
 * restart the attempt to receive them itself.
 */
export class ChainSecrets {
  readonly #maxSecrets: number;
  readonly #secrets = new Map<string, ChainSecret & { url: string; cookieBytes: number }>();
  #cookieBytes = 0;

  constructor(maxSecrets = MAX_SECRETS) {
    this.#maxSecrets = maxSecrets;
  }

  /**
   * Stores what the entry's next request, for `url`, needs. Without either secret, forgets what was stored for the
   * entry.
   */
  keep(run: RunId, { key }: Pick<Entry, 'key'>, url: string, { authorization, cookies }: ChainSecret): void {
    const id = `${run} ${key}`;
    this.#delete(id);
    if (authorization === undefined && cookies === undefined) return;
    const cookieBytes = cookies?.sizeBytes ?? 0;
    this.#secrets.set(id, { url, authorization, cookies, cookieBytes });
    this.#cookieBytes += cookieBytes;
    for (const oldest of this.#secrets.keys()) {
      if (this.#secrets.size <= this.#maxSecrets && this.#cookieBytes <= MAX_COOKIE_BYTES) break;
      this.#delete(oldest);
    }
  }

  /** The secret for the entry's next request; empty if this process has none. */
  find(run: RunId, { key, chain }: Pick<Entry, 'key' | 'chain'>): ChainSecret {
    if (chain === undefined || !(chain.needsSecret || chain.hasCookies)) return NO_SECRET;
    const secret = this.#secrets.get(`${run} ${key}`);
    return secret !== undefined && secret.url === chain.url ? secret : NO_SECRET;
  }

  #delete(id: string): void {
    this.#cookieBytes -= this.#secrets.get(id)?.cookieBytes ?? 0;
    this.#secrets.delete(id);
  }
}
