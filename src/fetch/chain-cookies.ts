import { createRequire } from 'node:module';
import type { CookieJar, SerializedCookieJar } from 'tough-cookie';

/** A longer cookie is ignored, as browsers do (RFC 6265bis section 5.6). */
const MAX_COOKIE_BYTES = 4_096;
/** Further cookies of one fetch are ignored. */
const MAX_COOKIES = 50;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/** Cookies on their way to another process of this machine. */
export interface WrittenCookies {
  jar: SerializedCookieJar;
  taken: number;
  sizeBytes: number;
}

/** The cookies that the redirects of one fetch set. They are sent along within that fetch (RFC 6265), and forgotten with it. */
export class ChainCookies {
  readonly #jar: CookieJar;
  #taken: number;
  #sizeBytes: number;

  /** None, or those that another process wrote. */
  constructor(written?: WrittenCookies) {
    // Loading it takes 20 ms, and most crawls never need it.
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

  /** Takes the Set-Cookie headers with which `url` answered. Those that RFC 6265 says to ignore are ignored. */
  take(setCookies: readonly string[], url: string): void {
    for (const cookie of setCookies) {
      if (this.#taken >= MAX_COOKIES || cookie.length > MAX_COOKIE_BYTES || CONTROL.test(cookie)) continue;
      this.#taken++;
      this.#sizeBytes += cookie.length;
      orIgnored(() => this.#jar.setCookieSync(cookie, url, { ignoreError: true }));
    }
  }

  /** What goes into the Cookie header of a request: these cookies, and those of the run's own header that have other names. */
  headerFor(url: string, own: string | undefined): string | undefined {
    const cookies = orIgnored(() => this.#jar.getCookiesSync(url)) ?? [];
    if (cookies.length === 0) return own;
    const names = new Set(cookies.map(({ key }) => key));
    const others = (own ?? '').split(';').filter((pair) => pair.trim() !== '' && !names.has(pair.split('=', 1)[0]?.trim() ?? ''));
    return [...others.map((pair) => pair.trim()), ...cookies.map((cookie) => cookie.cookieString())].join('; ');
  }
}

/** tough-cookie throws for some hosts without a dot, such as `http://test/`. They have no cookies then. */
function orIgnored<Result>(use: () => Result): Result | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
