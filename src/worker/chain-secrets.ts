import type { Entry } from '../core/entry.ts';
import type { RunId } from '../core/run-id.ts';

/** Credentials that are kept at most. Those that were kept first go first. */
const MOST_SECRETS = 10_000;

/**
 * Credentials of redirects whose next request waits for its turn, as of `Location: https://user:password@host/`. They stay in this process and reach neither Redis nor a log. If another process gets the
 * entry, it starts the attempt again, and so gets them itself.
 */
export class ChainSecrets {
  readonly #mostSecrets: number;
  readonly #secrets = new Map<string, { url: string; authorization: string }>();

  constructor(mostSecrets = MOST_SECRETS) {
    this.#mostSecrets = mostSecrets;
  }

  /** The next request of the entry, which is for `url`, needs this Authorization. */
  keep(run: RunId, { key }: Pick<Entry, 'key'>, url: string, authorization: string): void {
    const id = `${run} ${key}`;
    this.#secrets.delete(id);
    this.#secrets.set(id, { url, authorization });
    for (const oldest of this.#secrets.keys()) {
      if (this.#secrets.size <= this.#mostSecrets) break;
      this.#secrets.delete(oldest);
    }
  }

  /** What this process knows for the next request of the entry. */
  find(run: RunId, { key, chain }: Pick<Entry, 'key' | 'chain'>): string | undefined {
    const secret = chain?.needsSecret ? this.#secrets.get(`${run} ${key}`) : undefined;
    return secret?.url === chain?.url ? secret?.authorization : undefined;
  }
}
