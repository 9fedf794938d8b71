import type { Chain } from '../model/chain.ts';
import type { HttpFault, OutcomeError, RedirectHop, Timings } from '../model/outcome.ts';
import type { TlsProblem } from '../model/tls-problem.ts';
import type { PageShare } from './body/page-budget.ts';
import type { ChainCookies } from './chain-cookies.ts';

/** What one attempt came to. Whatever a server does, it is one of these. `moved` only comes where the request's `judgeRedirect` asks for it. */
export type FetchResult = FetchEnd | FetchMoved;

/** The end of an attempt. */
export type FetchEnd = FetchedResponse | FetchFailure | FetchAborted;

/** A redirect leads to a request that is not made now. */
export interface FetchMoved {
  kind: 'moved';
  chain: Chain;
  /** The value of Authorization for the next request. It is a secret, and not in the chain for that reason. */
  authorization?: string;
  /** Cookies for the requests to come. They are secrets too. */
  cookies?: ChainCookies;
}

/** It was broken off: from outside, or because this machine ran out of something. */
export interface FetchAborted {
  kind: 'aborted';
  /** What the machine ran out of. The server has no part in it. */
  shortage?: Shortage;
  /** A request that must not be repeated had gone out: the server may have acted on it. */
  sent?: true;
}

/** A lack of descriptors, local ports, buffers or memory here. */
export interface Shortage extends OutcomeError {
  /** It has lasted for so long that another try is not worth it. */
  isFinal?: true;
}

/** What was kept of a response, where that was asked for. */
export interface ResponseContent {
  /** Name, value, name, value …, as they came. */
  rawHeaders: readonly Buffer[];
  /** Decoded, cut where it was truncated. */
  body: Buffer;
  /** The part of the request's `budget` that a large body took. Whoever has the content closes it. */
  share?: PageShare;
}

/** A response whose head arrived in whole, and whose body did too, was cut at the run's cap, or ended before its content encoding did. */
export interface FetchedResponse extends Trace {
  kind: 'response';
  status: number;
  /** Decoded body. */
  sizeBytes: number;
  /** Body as it came over the wire. Of a truncated one, as much as was read. */
  wireBytes: number;
  truncated?: true;
  contentType?: string;
  /** What the server asked for by Retry-After, at most `MAX_RETRY_AFTER_MS`. */
  retryAfterMs?: number;
  /** Of a request with `keepContent`. */
  content?: ResponseContent;
}

/** No response that could be used. */
export interface FetchFailure extends Trace {
  kind: 'failure';
  verdict: FailureVerdict;
  error: OutcomeError;
  /** Another attempt may end differently, and does no harm. */
  retryable: boolean;
  /** Of headers that arrived before the body broke, or of the redirect that was not followed. */
  status?: number;
  /** Of a body that broke: what its headers said of it, and as much as came. */
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

/** How the attempt went, however it ended. */
export interface Trace {
  /** The URL that was requested last, where that differs from the first; without credentials, with the fragment that a redirect gave. */
  finalUrl?: string;
  /** The IP address that the last connection was made to, or tried last: the proxy's, where there is one. */
  remoteAddress?: string;
  /** When the certificate of the last connection ends, in milliseconds since the epoch; absent without TLS. */
  certificateEndsAtMs?: number;
  /** Why the last connection cannot be trusted. */
  tlsProblem?: TlsProblem;
  /** Milliseconds since the epoch. */
  startedAtMs: number;
  finishedAtMs: number;
  /** From start to end by a monotonic clock, in tenths of a millisecond. */
  latencyMs: number;
  /** How long reading stopped for want of memory (`FetchRequest.budget`). Neither `latencyMs` nor the timeout counts it. */
  waitedMs?: number;
  /** Of the last hop. DNS, connect and TLS only if this attempt opened its connection. */
  timings: Timings;
  /** The last connection speaks HTTP/2. */
  httpVersion?: '2';
  /** What was wrong with the HTTP of the last response. It was read all the same, by a tolerant reader. */
  httpFaults?: HttpFault[];
  /** Redirects followed, in order. */
  redirects?: RedirectHop[];
  /** Requests sent or tried: one, one more for each redirect, for a kept-alive connection that had just been closed, and for a response that was read again by a tolerant reader or over HTTP/2. */
  requests: number;
}
