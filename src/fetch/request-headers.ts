import { mayNameVariable } from '../model/request-header.ts';
import type { RunOptions } from '../model/run-options.ts';
import { MISSING_SECRET } from '../model/unfetched-outcome.ts';
import { ACCEPT_ENCODING } from './body/content-encoding.ts';

/**
 * A header of the run names an environment variable that this worker does not have or may not read. Set or allow it on
 * this worker, or leave the run to other workers.
 */
export class MissingSecretError extends Error {
  override readonly name = 'MissingSecretError';
  readonly code = MISSING_SECRET;
  readonly variable: string;

  constructor(variable: string, header: string, why: string) {
    super(`the run reads its header ${header} from the environment variable ${variable}, ${why}`);
    this.variable = variable;
  }
}

/**
 * Returns the value of `env:NAME` for a header. Throws MissingSecretError if this process does not have it or may not
 * read it.
 */
type ReadSecret = (variable: string, header: string) => string;

/**
 * Reads secrets from the environment.
 *
 * @param allowed names of the variables that may be read, in which `*` matches any characters; without it, all
 */
export function secretReader(env: Readonly<Record<string, string | undefined>>, allowed?: readonly string[]): ReadSecret {
  return (variable, header) => {
    if (!mayNameVariable(variable, allowed))
      throw new MissingSecretError(variable, header, 'which TRAWL_ENV_ALLOW does not name: add it there and restart the worker');
    const value = env[variable]?.trim();
    if (value === undefined || value === '')
      throw new MissingSecretError(variable, header, 'which is not set here: set it and restart the worker');
    return value;
  };
}

/** Request headers in the form that undici takes: name, value, name, value and so on. */
export interface RequestHeaders {
  /** Headers for the origin of the URL. */
  full: string[];
  /**
   * `full` without everything that must not reach another origin: credentials, values read from the environment, and
   * Host.
   */
  foreign: string[];
  /** Values of Authorization by origin, from the run's credentials. */
  byOrigin: ReadonlyMap<string, string>;
  /** `full` contains an Authorization header of this request, which overrides the run's credentials for its origin. */
  hasOwnAuthorization?: true;
}

/** As browsers send it: some sites respond with 404 unless text/html is named. */
const ACCEPT = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const SECRET_REFERENCE = /^env:(.+)$/s;
const NAMES_ITS_SCHEME = /^(?:basic|bearer|token|apikey|negotiate) +\S/i;
const AUTHORIZATION = new Set(['authorization']);
const COOKIE = new Set(['cookie']);
const BODY_HEADERS = new Set(['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length']);
const CONNECTION_HEADERS = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'http2-settings',
]);
const OWN_ORIGIN_ONLY = new Set(['authorization', 'proxy-authorization', 'cookie', 'cookie2', 'host']);

/**
 * The headers of a run's requests. `env:NAME` values are read with `readSecret`.
 *
 * @throws MissingSecretError if a secret is missing
 */
export function requestHeaders(options: RunOptions, readSecret: ReadSecret): RequestHeaders {
  const named = new Set(options.headers.map(([name]) => name.toLowerCase()));
  const defaults = [
    ['user-agent', options.userAgent],
    ['accept', ACCEPT],
    ['accept-encoding', ACCEPT_ENCODING],
  ] as const;
  const full = defaults.filter(([name]) => !named.has(name)).flat();
  const foreign: string[] = [...full];
  const byOrigin = new Map(options.auth.map(([origin, credentials]) => [origin, authorizationOf(origin, credentials, readSecret)]));
  const headers = { full, foreign, byOrigin };
  addHeaders(headers, options.headers, readSecret);
  return headers;
}

/**
 * A run's headers, overridden by those of one request.
 *
 * @throws MissingSecretError if a secret is missing
 */
export function withHeaders(
  { full, foreign, byOrigin }: RequestHeaders,
  headers: RunOptions['headers'],
  readSecret: ReadSecret,
): RequestHeaders {
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  const own: RequestHeaders = { full: without(full, named), foreign: without(foreign, named), byOrigin };
  if (named.has('authorization')) own.hasOwnAuthorization = true;
  addHeaders(own, headers, readSecret);
  return own;
}

function addHeaders(
  { full, foreign }: Pick<RequestHeaders, 'full' | 'foreign'>,
  headers: RunOptions['headers'],
  readSecret: ReadSecret,
): void {
  for (const [name, value] of headers) {
    const variable = SECRET_REFERENCE.exec(value)?.[1];
    const resolved = variable === undefined ? value : readSecret(variable, name);
    full.push(name, resolved);
    if (variable === undefined && !OWN_ORIGIN_ONLY.has(name.toLowerCase())) foreign.push(name, resolved);
  }
}

/**
 * Removes headers from a flat list.
 *
 * @param names in lower case
 */
function without(headers: readonly string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!names.has(name.toLowerCase())) kept.push(name, headers[i + 1] as string);
  }
  return kept;
}

/**
 * Removes the headers that describe a body, for a redirect that drops it (Fetch Standard, HTTP-redirect fetch, step
 * 12).
 */
export function withoutBodyHeaders(headers: readonly string[]): string[] {
  return without(headers, BODY_HEADERS);
}

/**
 * Removes the connection-specific headers that HTTP/2 does not allow (RFC 9113 section 8.2.2), for which Node
 * throws.
 */
export function withoutConnectionHeaders(headers: readonly string[]): string[] {
  return without(headers, CONNECTION_HEADERS);
}

/** Sets the Authorization header, replacing any other. */
export function withAuthorization(headers: readonly string[], authorization: string): string[] {
  return [...without(headers, AUTHORIZATION), 'authorization', authorization];
}

/** The value of the Cookie header, or undefined. */
export function cookieOf(headers: readonly string[]): string | undefined {
  for (let i = 0; i + 1 < headers.length; i += 2) if (headers[i]?.toLowerCase() === 'cookie') return headers[i + 1];
  return undefined;
}

/** Sets the Cookie header, replacing any other. */
export function withCookie(headers: readonly string[], cookie: string): string[] {
  return [...without(headers, COOKIE), 'cookie', cookie];
}

/**
 * The value of Authorization for credentials. `user:password` becomes Basic (RFC 7617). A value from the environment
 * may also name its scheme, as in `Bearer …`.
 */
function authorizationOf(origin: string, credentials: string, readSecret: ReadSecret): string {
  const variable = SECRET_REFERENCE.exec(credentials)?.[1];
  const found = variable === undefined ? credentials : readSecret(variable, `Authorization for ${origin}`);
  return NAMES_ITS_SCHEME.test(found) ? found : `Basic ${Buffer.from(found, 'utf8').toString('base64')}`;
}

/**
 * The Basic authorization (RFC 7617) for the userinfo of a URL. Undefined if it has none. Userinfo that is not valid
 * percent-encoding is used unchanged.
 */
export function basicAuthorization(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  const credentials = `${percentDecoded(url.username)}:${percentDecoded(url.password)}`;
  return `Basic ${Buffer.from(credentials, 'utf8').toString('base64')}`;
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
