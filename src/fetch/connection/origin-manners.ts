import { classifyFailure, type FailurePlace, isConnectionGone } from '../classify-failure.ts';
/**
 * How to communicate with a server: `strict` HTTP/1.1; `tolerant`, which is HTTP/1.1 with a parser that accepts common
 * faults, on a new connection for each request; or `http2`.
 */
export type Manner = 'strict' | 'tolerant' | 'http2';

/** Most origins that are remembered. The oldest entries are dropped first. */
const MAX_ORIGINS = 10_000;

/**
 * Remembers origins that need another manner than `strict`, so that further URLs of them take one request instead of
 * two.
 */
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
      if (this.#manners.size <= MAX_ORIGINS) break;
      this.#manners.delete(oldest);
    }
  }
}

const HTTP2_ONLY = /NO_APPLICATION_PROTOCOL/;
/**
 * Types of HTTP/2 frames (RFC 9113 section 6): the two that a server may send unprompted at the beginning of a
 * connection.
 */
const SETTINGS = 4;
const GOAWAY = 7;
const NOT_HTTP = /Expected HTTP\//;
/** Where the parser stopped, if the version is unusual: `http/` in lower case, or the last letter of `ICY`. */
const UNUSUAL_VERSION = /^(?:http\/\d|Y \d{3}\b)/i;

/** The manner to try after a strict HTTP/1.1 request failed. Undefined if no other manner would help. */
export function otherManner(error: unknown, isSecure: boolean, place: FailurePlace): Manner | undefined {
  const { code, message } = classifyFailure(error, place);
  if (HTTP2_ONLY.test(code)) return 'http2';
  // Over TLS, the end of a connection may not come from the server: it could be an attack that truncates the response.
  if (isConnectionGone(error) && place.responseStarted && !place.headersArrived && !isSecure) return 'tolerant';
  if (code !== 'BAD_HTTP') return undefined;
  const { data } = error as { data?: unknown };
  if (isSecure && typeof data === 'string' && isHttp2Frame(data)) return 'http2';
  const isUnusual = typeof data === 'string' && UNUSUAL_VERSION.test(data);
  return NOT_HTTP.test(message) && !isUnusual ? undefined : 'tolerant';
}

/** A frame begins with its length in three bytes, followed by its type. These two frames are short. */
function isHttp2Frame(octets: string): boolean {
  const type = octets.charCodeAt(3);
  return octets.startsWith('\0\0') && (type === SETTINGS || type === GOAWAY);
}
