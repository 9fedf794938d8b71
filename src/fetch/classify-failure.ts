import type { Phase } from '../model/outcome.ts';
import type { RunOptions } from '../model/run-options.ts';
import { tlsProblemOf } from '../model/tls-problem.ts';
import type { FailureVerdict } from './fetch-result.ts';

/** A classified failure. */
export interface Failure {
  verdict: FailureVerdict;
  /** A stable code: that of the system, OpenSSL or zlib if there is one, otherwise our own. */
  code: string;
  message: string;
  retryable: boolean;
}

/** The state of an attempt when it failed. */
export interface FailurePlace {
  /** `host:port`, without credentials. */
  host: string;
  /** The complete status line and headers had arrived. */
  headersArrived: boolean;
  /** At least the first byte of them had arrived. */
  responseStarted?: boolean;
}

const DNS_CODES = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EAI_NONAME',
  'ENODATA',
  'ESERVFAIL',
  'EAI_ADDRFAMILY',
  // Codes of c-ares
  'EFORMERR',
  'ENOTIMP',
  'EREFUSED',
  'EBADQUERY',
  'EBADNAME',
  'EBADRESP',
  'DNS_REFUSED',
  'DNS_TIMEOUT',
]);
const UNREACHABLE_CODES = new Set([
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EACCES',
  'EPERM',
  'EINVAL',
  'EAFNOSUPPORT',
]);
const RESET_CODES = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'CONNECTION_CLOSED']);
const HTTP2_CODES = new Set(['ERR_HTTP2_STREAM_ERROR', 'ERR_HTTP2_STREAM_CANCEL', 'ERR_HTTP2_SESSION_ERROR', 'ERR_HTTP2_GOAWAY_SESSION']);
const TLS_CODE =
  /^(?:ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_(?:CA|PURPOSE)$|HOSTNAME_MISMATCH$|PATH_LENGTH_EXCEEDED$|ERROR_IN_CERT)/;
const DECODING_CODE = /^(?:Z_|ERR__|ERR_BROTLI|ERR_ZSTD|ZSTD_)/;
const LENGTH_MISMATCH = 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH';
/** undici's own message for this mentions only the length of the body. */
const CONTRADICTION = 'its Content-Length contradicts another one or a Transfer-Encoding, or is not a number';
/** undici distinguishes these errors only by message. */
const OUT_OF_TURN = /^bad (?:response|upgrade)$/;
const ENDED_EARLY = /Invalid EOF state/;

/** Classifies an error of a connection, the HTTP parser or a decoder. Never throws, whatever the error is. */
export function classifyFailure(error: unknown, { host, headersArrived, responseStarted }: FailurePlace): Failure {
  const code = codeOf(error, headersArrived);
  const detail = detailOf(error);
  const failure = (verdict: FailureVerdict, retryable: boolean, message: string): Failure => ({ verdict, code, message, retryable });

  if (code === 'PRIVATE_ADDRESS') return failure('private-address', false, detail);
  if (code === 'UNSUPPORTED_SCHEME') return failure('protocol', false, detail);
  if (code === 'PROXY_REFUSED') return failure('protocol', true, detail);
  if (code === 'ENOTFOUND') return failure('dns', false, `${host} has no address: check the name`);
  if (DNS_CODES.has(code)) return failure('dns', true, `the name of ${host} could not be resolved (${code})`);
  if (code === 'ECONNREFUSED') return failure('refused', true, `${host} refused the connection: nothing listens there`);
  if (UNREACHABLE_CODES.has(code)) return failure('refused', true, `${host} cannot be reached (${code})`);
  if (code === 'ETIMEDOUT') return failure('timeout', true, `${host} did not accept the connection in time`);
  if (TLS_CODE.test(code)) {
    const isTrust = tlsProblemOf(code) !== 'protocol';
    return failure(
      'tls',
      false,
      `${isTrust ? `the certificate of ${host} cannot be trusted` : `the TLS handshake with ${host} failed`}: ${detail}`,
    );
  }
  if (RESET_CODES.has(code) && !headersArrived) {
    return failure(
      'reset',
      true,
      `${host} closed the connection ${responseStarted ? 'before its headers were complete' : 'without an answer'}`,
    );
  }
  if (RESET_CODES.has(code) || code === 'BODY_CUT_SHORT') {
    return failure('reset', true, `${host} closed the connection before the body was complete`);
  }
  if (HTTP2_CODES.has(code)) return failure('reset', true, `${host} ended the HTTP/2 stream early: ${detail}`);
  if (code === 'OUT_OF_TURN') return failure('protocol', false, `${host} sent data that was not requested (${detail})`);
  if (code === 'HEADERS_TOO_LARGE') return failure('protocol', false, `${host} sent more headers than are accepted`);
  if (code === 'ZSTD_error_frameParameter_windowTooLarge') {
    return failure('protocol', false, `${host} sent a zstd body with a window above 8 MiB, which RFC 9659 does not allow`);
  }
  if (DECODING_CODE.test(code))
    return failure('protocol', false, `${host} sent a body that does not match its Content-Encoding: ${detail}`);
  const isContradiction = code === 'BAD_HTTP' && (error as { code?: unknown }).code === LENGTH_MISMATCH;
  return failure('protocol', false, `${host} violated HTTP: ${isContradiction ? CONTRADICTION : detail}`);
}

/** What a timeout in each phase waited for. */
const MISSING: Readonly<Record<Phase, string>> = {
  dns: 'no address for',
  connect: 'no connection to',
  proxy: 'no tunnel through the proxy to',
  tls: 'no TLS handshake with',
  answer: 'no answer from',
  body: 'no end of the body from',
};

/**
 * The failure of an attempt whose time is up.
 *
 * @param host `host:port`, without credentials
 * @param limit the limit that was reached: for the connection, or for the whole attempt
 * @param isStream the body is passed on as it arrives, and the limit is for the time between two parts of it
 */
export function timeoutFailure(
  phase: Phase,
  host: string,
  { limit, isStream }: { limit: 'connect' | 'whole'; isStream: boolean },
  { timeoutMs, connectTimeoutMs }: Pick<RunOptions, 'timeoutMs' | 'connectTimeoutMs'>,
): Failure {
  const missing = phase === 'body' && isStream ? 'nothing more of the body from' : MISSING[phase];
  const timeout = (code: string, ms: number, option: string): Failure => ({
    verdict: 'timeout',
    code,
    message: `${missing} ${host} within ${ms} ms: ${option} allows more`,
    retryable: true,
  });
  return limit === 'connect'
    ? timeout('CONNECT_TIMEOUT', connectTimeoutMs, '--connect-timeout')
    : timeout('TIMEOUT', timeoutMs, '--timeout');
}

/**
 * True for an error that means that the server closed the connection. On a kept-alive connection, that can happen while
 * our request is on its way.
 */
export function isConnectionGone(error: unknown): boolean {
  return RESET_CODES.has(codeOf(error, false));
}

/**
 * The code of a failure. undici's codes are replaced by our own: users see them in logs, and the next major version of
 * undici may rename them.
 */
function codeOf(error: unknown, headersArrived: boolean): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (name === 'HTTPParserError') return headersArrived && ENDED_EARLY.test(detailOf(error)) ? 'BODY_CUT_SHORT' : 'BAD_HTTP';
  switch (code) {
    case 'UND_ERR_SOCKET':
      return OUT_OF_TURN.test(detailOf(error)) ? 'OUT_OF_TURN' : 'CONNECTION_CLOSED';
    case 'ERR_ASSERTION':
      // undici asserts that a status is at least 100.
      return 'BAD_HTTP';
    case LENGTH_MISMATCH:
      // undici reports contradictory lengths with the same code.
      return headersArrived ? 'BODY_CUT_SHORT' : 'BAD_HTTP';
    case 'UND_ERR_HEADERS_OVERFLOW':
      return 'HEADERS_TOO_LARGE';
    case 'UND_ERR_INVALID_ARG':
      return 'BAD_REQUEST';
    default:
      return typeof code === 'string' && code !== '' ? code : 'UNKNOWN';
  }
}

/** The message in one line. OpenSSL's messages have several lines and include addresses of its source code. */
function detailOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const opensslReason = /SSL routines:[^:]*:([^:]+)/.exec(message)?.[1];
  return (opensslReason ?? message.split('\n', 1)[0] ?? '').trim().slice(0, 300);
}
