import { createRequire } from 'node:module';
import type { CookieJar, SerializedCookieJar } from 'tough-cookie';

/** Longer cookies are ignored, as browsers do (RFC 6265bis section 5.6). */
const MAX_COOKIE_BYTES = 4_096;
/** Most cookies of one fetch. Further ones are ignored. */
const MAX_COOKIES = 50;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it tests for control characters
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/** Cookies in a form that can be sent to another process of this machine. */
export interface WrittenCookies {
  jar: SerializedCookieJar;
  taken: number;
  sizeBytes: number;
}

/** The cookies that the redirects of one fetch set (RFC 6265). They are sent only within that fetch. */
export class ChainCookies {
  readonly #jar: CookieJar;
  #taken: number;
  #sizeBytes: number;

  /** Empty, or with the cookies that another process serialized. */
  constructor(written?: WrittenCookies) {
    // Loaded on first use: loading takes 20 ms, and most crawls never need it.
    const { CookieJar } = createRequire(import.meta.url)('tough-cookie') as typeof import('tough-cookie');
    this.#jar = written === undefined ? new CookieJar(undefined, { looseMode: true }) : CookieJar.deserializeSync(written.jar);
    this.#taken = written?.taken ?? 0;
    this.#sizeBytes = written?.sizeBytes ?? 0;
  }

  write(): WrittenCookies {
    return { jar: this.#jar.serializeSync() as SerializedCookieJar, taken: this.#taken, sizeBytes: this.#sizeBytes };
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Stores the Set-Cookie headers of a response from `url`. Cookies that RFC 6265 requires to ignore are ignored. */
  take(setCookies: readonly string[], url: string): void {
    for (const cookie of setCookies) {
      if (this.#taken >= MAX_COOKIES || cookie.length > MAX_COOKIE_BYTES || CONTROL.test(cookie)) continue;
      this.#taken++;
      this.#sizeBytes += cookie.length;
      ignoringErrors(() => this.#jar.setCookieSync(cookie, url, { ignoreError: true }));
    }
  }

  /**
   * The value of the Cookie header for a request: these cookies, and those of the run's own Cookie header that have
   * other names. Undefined if there are none.
   */
  headerFor(url: string, own: string | undefined): string | undefined {
    const cookies = ignoringErrors(() => this.#jar.getCookiesSync(url)) ?? [];
    if (cookies.length === 0) return own;
    const names = new Set(cookies.map(({ key }) => key));
    const others = (own ?? '').split(';').filter((pair) => pair.trim() !== '' && !names.has(pair.split('=', 1)[0]?.trim() ?? ''));
    return [...others.map((pair) => pair.trim()), ...cookies.map((cookie) => cookie.cookieString())].join('; ');
  }
}

/** tough-cookie throws for some hosts without a dot, such as `http://test/`. Such hosts get no cookies. */
function ignoringErrors<Result>(use: () => Result): Result | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
