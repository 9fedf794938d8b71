import { classifyFailure, type FailurePlace, isConnectionGone } from '../classify-failure.ts';
/**
 * How a server is talked to: `strict` HTTP/1.1; `tolerant`, the same through a reader that accepts common faults, on a connection for one request;
 * or `http2`.
 */
export type Manner = 'strict' | 'tolerant' | 'http2';

/** Origins that are remembered. Those that were noted first go first. */
const MAX_ORIGINS = 10_000;

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
      if (this.#manners.size <= MAX_ORIGINS) break;
      this.#manners.delete(oldest);
    }
  }
}

const ONLY_HTTP2 = /NO_APPLICATION_PROTOCOL/;
/** Types of HTTP/2 frames (RFC 9113 section 6): the two that a server sends of its own accord when a connection begins. */
const SETTINGS = 4;
const GOAWAY = 7;
const IS_NO_HTTP = /Expected HTTP\//;
/** What the parser stopped at: `http/` in small letters, or the last letter of `ICY`. */
const ODD_VERSION = /^(?:http\/\d|Y \d{3}\b)/i;

/** How to talk to a server that a strict HTTP/1.1 request failed on, or undefined if that would not help. */
export function otherManner(error: unknown, isSecure: boolean, place: FailurePlace): Manner | undefined {
  const { code, message } = classifyFailure(error, place);
  if (ONLY_HTTP2.test(code)) return 'http2';
  // Over TLS the end of a connection is not known to be the server's.
  if (isConnectionGone(error) && place.responseStarted && !place.headersArrived && !isSecure) return 'tolerant';
  if (code !== 'BAD_HTTP') return undefined;
  const { data } = error as { data?: unknown };
  if (isSecure && typeof data === 'string' && isHttp2Frame(data)) return 'http2';
  const isOdd = typeof data === 'string' && ODD_VERSION.test(data);
  return IS_NO_HTTP.test(message) && !isOdd ? undefined : 'tolerant';
}

/** A frame begins with its length in three octets, then its type. These two are short. */
function isHttp2Frame(octets: string): boolean {
  const type = octets.charCodeAt(3);
  return octets.startsWith('\0\0') && (type === SETTINGS || type === GOAWAY);
}
