import type { ChainCookies } from '../fetch/chain-cookies.ts';
import type { Entry } from '../model/entry.ts';
import type { RunId } from '../model/run-id.ts';

/** Entries whose secrets are kept at most, and bytes of cookies. Those that were kept first go first. */
const MOST_SECRETS = 10_000;
const MOST_COOKIE_BYTES = 16_777_216;

/** What the next request of a chain needs and no engine may have. */
export interface ChainSecret {
  /** The value of Authorization. */
  authorization?: string | undefined;
  cookies?: ChainCookies | undefined;
}

const NO_SECRET: ChainSecret = {};

/**
 * Secrets of redirects whose next request waits for its turn: credentials, as of `Location: https://user:password@host/`, and cookies. They stay in this process and reach neither Redis nor a log. If
 * another process gets the entry, it can start the attempt again, and so gets them itself.
 */
export class ChainSecrets {
  readonly #mostSecrets: number;
  readonly #secrets = new Map<string, ChainSecret & { url: string; cookieBytes: number }>();
  #cookieBytes = 0;

  constructor(mostSecrets = MOST_SECRETS) {
    this.#mostSecrets = mostSecrets;
  }

  /** The next request of the entry, which is for `url`, needs this. */
  keep(run: RunId, { key }: Pick<Entry, 'key'>, url: string, { authorization, cookies }: ChainSecret): void {
    const id = `${run} ${key}`;
    this.#delete(id);
    if (authorization === undefined && cookies === undefined) return;
    const cookieBytes = cookies?.sizeBytes ?? 0;
    this.#secrets.set(id, { url, authorization, cookies, cookieBytes });
    this.#cookieBytes += cookieBytes;
    for (const oldest of this.#secrets.keys()) {
      if (this.#secrets.size <= this.#mostSecrets && this.#cookieBytes <= MOST_COOKIE_BYTES) break;
      this.#delete(oldest);
    }
  }

  /** What this process knows for the next request of the entry. */
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
