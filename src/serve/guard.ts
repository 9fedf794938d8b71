import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { AttemptLimit } from './attempt-limit.ts';

const COOKIE = 'trawl_session';
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::\d{1,5})?$/i;

/** The Content-Security-Policy of all answers: only scripts, styles and connections of this server, no frames, and no text that is turned into HTML or script. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/** Sets the security headers. A handler may set a Content-Security-Policy of its own. */
export const safeHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  const { headers } = c.res;
  if (!headers.has('content-security-policy')) headers.set('content-security-policy', PAGE_POLICY);
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  headers.set('x-content-type-options', 'nosniff');
  headers.set('referrer-policy', 'no-referrer');
  headers.set('cross-origin-resource-policy', 'same-origin');
  headers.set('cross-origin-opener-policy', 'same-origin');
};

/**
 * Refuses requests for an unknown host name, against DNS rebinding: a foreign site can point its own host name at our address, and the browser then treats
 * its pages as same-origin. This attack needs a host name, so IP addresses are always allowed.
 */
export function checkHost(allowed: readonly string[]): MiddlewareHandler {
  const names = new Set(['localhost', ...allowed.map((name) => name.toLowerCase())]);
  return async (c, next) => {
    const [, host = ''] = HOST.exec(c.req.header('host') ?? '') ?? [];
    const bare = host.toLowerCase().replace(/^\[|\]$/g, '');
    if (isIP(bare) === 0 && !names.has(bare))
      return problem(c, 421, `this server does not answer for the host ${JSON.stringify(host)}: allow it with --allow-host`);
    return next();
  };
}

/** Refuses requests from pages of other origins, and changes that are not sent as JSON. */
export const checkOrigin: MiddlewareHandler = async (c, next) => {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return problem(c, 403, 'requests from other sites are refused');
  const origin = c.req.header('origin');
  if (origin !== undefined && !isOwn(origin, c.req.header('host'))) return problem(c, 403, 'requests from other origins are refused');
  const changes = c.req.method !== 'GET' && c.req.method !== 'HEAD';
  // HTML forms cannot send this type. Scripts of other origins would need a CORS preflight, which fails.
  if (changes && !/^application\/json\s*(?:;|$)/i.test(c.req.header('content-type') ?? ''))
    return problem(c, 415, 'send this with the header "content-type: application/json"');
  return next();
};

/** The scheme may differ: a proxy in front of us can speak TLS. */
function isOwn(origin: string, host: string | undefined): boolean {
  return (
    URL.canParse(origin) &&
    host !== undefined &&
    new URL(origin).host.toLowerCase() === new URL(`${new URL(origin).protocol}//${host}`).host
  );
}

/** Access control: a request needs the token in an Authorization header or, after `login`, a session cookie, which does not contain the token. */
export class Access {
  readonly #token: Buffer | undefined;
  readonly #session: string;

  readonly #limit: AttemptLimit;

  constructor(token: string | undefined, nowMs: () => number) {
    this.#limit = new AttemptLimit(nowMs);
    this.#token = token === undefined ? undefined : digest(token);
    this.#session = createHmac('sha256', randomBytes(32))
      .update(token ?? '')
      .digest('base64url');
  }

  readonly check: MiddlewareHandler = async (c, next) => {
    if (this.#token === undefined) return next();
    const [, given] = /^Bearer (.+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
    const session = getCookie(c, COOKIE);
    if (session !== undefined && isSame(digest(session), digest(this.#session))) return next();
    if (given !== undefined) {
      const refused = this.#refuseAttempt(c);
      if (refused !== undefined) return refused;
      if (this.#isToken(given)) return next();
      this.#limit.failed(addressOf(c));
    }
    c.header('www-authenticate', 'Bearer realm="trawl"');
    return problem(c, 401, 'give the token of this server: Authorization: Bearer TOKEN');
  };

  /** Sets the cookie if the token is right. Otherwise the response says what is wrong. */
  login(c: Context, token: string): Response {
    const refused = this.#refuseAttempt(c);
    if (refused !== undefined) return refused;
    if (this.#token !== undefined && !this.#isToken(token)) {
      this.#limit.failed(addressOf(c));
      return problem(c, 401, 'wrong token');
    }
    const secure = c.req.header('origin')?.startsWith('https:') === true;
    setCookie(c, COOKIE, this.#session, { httpOnly: true, sameSite: 'Strict', path: '/', secure, maxAge: 7 * 86_400 });
    return c.body(null, 204);
  }

  /** A response if the address has sent too many wrong tokens. Cookies are not affected: behind a proxy, all have the same address. */
  #refuseAttempt(c: Context): Response | undefined {
    const seconds = this.#token === undefined ? 0 : this.#limit.waitSeconds(addressOf(c));
    if (seconds === 0) return undefined;
    c.header('retry-after', String(seconds));
    return problem(c, 429, `too many wrong tokens: try again in ${seconds} s`);
  }

  #isToken(given: string): boolean {
    return this.#token !== undefined && isSame(digest(given), this.#token);
  }
}

function addressOf(c: Context): string {
  return getConnInfo(c).remote.address ?? '';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Compares in constant time, so that the time does not reveal where the two differ. */
function isSame(a: Buffer, b: Buffer): boolean {
  return timingSafeEqual(a, b);
}

/** An error response. */
export function problem(c: Context, status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 421 | 429 | 500 | 503, error: string): Response {
  return c.json({ error }, status);
}
