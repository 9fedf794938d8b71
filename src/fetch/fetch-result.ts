import type { Chain } from '../model/chain.ts';
import type { HttpFault, OutcomeError, RedirectHop, Timings } from '../model/outcome.ts';
import type { TlsProblem } from '../model/tls-problem.ts';
import type { PageShare } from './body/page-budget.ts';
import type { ChainCookies } from './chain-cookies.ts';

/**
 * The result of one attempt, whatever the server does. `moved` occurs only if the request's `judgeRedirect` asks for
 * it.
 */
export type FetchResult = FetchEnd | FetchMoved;

/** The end of an attempt. */
export type FetchEnd = FetchedResponse | FetchFailure | FetchAborted;

/** The next request of a redirect chain is to be made later. */
export interface FetchMoved {
  kind: 'moved';
  chain: Chain;
  /** The value of Authorization for the next request. It is a secret, so it is not part of the chain. */
  authorization?: string;
  /** Cookies for further requests. They are secrets too. */
  cookies?: ChainCookies;
}

/** The attempt was aborted by the caller, or because this machine lacks a resource. */
export interface FetchAborted {
  kind: 'aborted';
  /** The resource that this machine lacks. The server is not the cause. */
  shortage?: Shortage;
  /** A request that must not be repeated had been sent, so the server may have acted on it. */
  sent?: true;
}

/** A lack of file descriptors, local ports, buffers or memory on this machine. */
export interface Shortage extends OutcomeError {
  /** It has lasted so long that further attempts are not worthwhile. */
  isFinal?: true;
}

/** The content of a response that was kept. */
export interface ResponseContent {
  /** Name, value, name, value and so on, as received. */
  rawHeaders: readonly Buffer[];
  /** The decoded body, cut if it is truncated. */
  body: Buffer;
  /** The share of the request's `budget` that a large body took. The owner of the content must close it. */
  share?: PageShare;
}

/**
 * A response with a complete head. Its body is complete, was cut at the run's limit, or ended before its content
 * encoding did.
 */
export interface FetchedResponse extends Trace {
  kind: 'response';
  status: number;
  /** Bytes of the decoded body. */
  sizeBytes: number;
  /** Bytes of the body as received. For a truncated one, the bytes that were read. */
  wireBytes: number;
  truncated?: true;
  contentType?: string;
  /** The pause that Retry-After asks for, in milliseconds, at most `MAX_RETRY_AFTER_MS`. */
  retryAfterMs?: number;
  /** Only for requests with `keepContent`. */
  content?: ResponseContent;
}

/** The attempt gave no usable response. */
export interface FetchFailure extends Trace {
  kind: 'failure';
  verdict: FailureVerdict;
  error: OutcomeError;
  /** Another attempt may succeed and can do no harm. */
  retryable: boolean;
  /** The status of a response whose body failed, or of the redirect that was not followed. */
  status?: number;
  /** For a response whose body failed: its type according to the headers, and how much arrived. */
  contentType?: string;
  sizeBytes?: number;
  wireBytes?: number;
}

export type FailureVerdict =
  | 'timeout'
  | 'dns'
  | 'refused'
  | 'reset'
  | 'tls'
  | 'protocol'
  | 'too-many-redirects'
  | 'private-address'
  | 'robots';

/** When a certificate expires. */
export interface CertificateExpiry {
  /** Milliseconds since the epoch. */
  atMs: number;
  /** The same in ISO 8601 (UTC), made once for all responses of a connection. */
  iso: string;
}

/** How the attempt went, whatever its result. */
export interface Trace {
  /**
   * The URL that was requested last, if that differs from the first one: without credentials, and with the fragment
   * that a redirect set.
   */
  finalUrl?: string;
  /** The IP address to which the last connection was made, or was tried last. With a proxy, the proxy's address. */
  remoteAddress?: string;
  /** When the certificate of the last connection expires. Absent without TLS. */
  certificateExpiry?: CertificateExpiry;
  /** Why the last connection cannot be trusted. */
  tlsProblem?: TlsProblem;
  /** Milliseconds since the epoch. */
  startedAtMs: number;
  finishedAtMs: number;
  /** Duration of the attempt in milliseconds, by a monotonic clock, rounded to tenths. */
  latencyMs: number;
  /**
   * How long reading was paused to wait for memory (`FetchRequest.budget`) or a sink, in milliseconds. Neither
   * `latencyMs` nor the timeout includes it.
   */
  waitedMs?: number;
  /** Timings of the last hop. DNS, connect and TLS are included only if the attempt opened its connection. */
  timings: Timings;
  /** Set if the last connection used HTTP/2. */
  httpVersion?: '2';
  /** The HTTP faults of the last response. A tolerant parser read it anyway. */
  httpFaults?: HttpFault[];
  /** The redirects that were followed, in order. */
  redirects?: RedirectHop[];
  /**
   * Requests that were sent or tried: one, plus one for each redirect, for a kept-alive connection that had just been
   * closed, and for each repetition with the tolerant parser or over HTTP/2.
   */
  requests: number;
}
