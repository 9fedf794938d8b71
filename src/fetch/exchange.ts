import type { Clock } from '../core/clock.ts';
import type { RedirectHop } from '../core/outcome.ts';
import type { PrivateAddresses } from '../core/run-options.ts';
import { tlsProblemOf } from '../core/tls-problem.ts';
import { classifyFailure, type Failure, isConnectionGone } from './classify-failure.ts';
import type { ConnectionPool, PooledOrigin } from './connection-pool.ts';
import type { FetchRequest, RedirectRefusal } from './fetch-request.ts';
import type { FetchedResponse, FetchFailure, FetchResult, Trace } from './fetch-result.ts';
import { Hop, type HopOwner, tenths } from './hop.ts';
import type { InFlight, Watched } from './in-flight.ts';
import { assertPublic, ipLiteral, mayReachPrivate, stricter } from './private-reach.ts';
import { redirection, redirectMethod, takeCredentials, withoutFragment } from './redirect.ts';
import { type RequestHeaders, withAuthorization, withoutBodyHeaders } from './request-headers.ts';
import { parseRetryAfter } from './retry-after.ts';

/** A redirect's body may take so long, in milliseconds; then its connection is closed and the redirect followed. */
const REDIRECT_BODY_MS = 1_000;
/** A kept connection that has rested for longer may be just about to be closed: what must not be sent twice goes on a new one. */
const RECENT_MS = 500;

/** The connections of runs that trust alike. */
export interface Pools {
  /** Those that may lead to private addresses. */
  privatePool: ConnectionPool;
  /** Those that were checked and do not. */
  publicPool: ConnectionPool;
}

/** What all exchanges of a fetcher share. */
export interface ExchangeHome {
  clock: Clock;
  inFlight: InFlight;
  verified: Pools;
  /** Connections whose certificate need not be trusted. */
  insecure: Pools;
  privateCeiling: PrivateAddresses;
}

/** Callers hand in http and https only; this is for one that does not. */
class UnsupportedSchemeError extends Error {
  readonly code = 'UNSUPPORTED_SCHEME';
}

/** Where a hop goes. */
interface Route {
  pool: ConnectionPool;
  origin: PooledOrigin;
  /** Path and query. */
  path: string;
}

/**
 * One fetch, from the URL to its result: a hop for each redirect, one deadline over all of them, one address check for each. Resolves once,
 * whatever a server does.
 *
 *     start ─► go ─► opening ─► waiting ─► hopDone ──► response
 *              ▲                   │           └─ redirect ─► go
 *              └── kept connection was gone ── hopFailed ───► failure
 */
export class Exchange implements Watched, HopOwner {
  readonly signal: AbortSignal;
  expiresAtMs: number;
  readonly #home: ExchangeHome;
  readonly #request: FetchRequest;
  readonly #headers: RequestHeaders;
  readonly #resolve: (result: FetchResult) => void;
  readonly #startedAtMs: number;
  readonly #startMs: number;
  #deadlineMs: number;
  /** Reading stopped then, for want of memory. */
  #waitsSinceMs: number | undefined;
  #waitedMs = 0;
  #phase: 'opening' | 'waiting' | 'redirecting' = 'waiting';
  #hop: Hop | undefined;
  #pool: ConnectionPool | undefined;
  #requests = 0;
  /** The URL that is being requested: without credentials, with a fragment if a redirect gave one. */
  #url: string;
  #redirects: RedirectHop[] | undefined;
  #authorization: string | undefined;
  #leftOrigin = false;
  #method: string;
  #body: string | undefined;
  /** A redirect left the body behind. */
  #droppedBody = false;
  #sent = false;
  #over = false;

  constructor(
    home: ExchangeHome,
    request: FetchRequest,
    headers: RequestHeaders,
    signal: AbortSignal,
    resolve: (result: FetchResult) => void,
  ) {
    this.#home = home;
    this.#request = request;
    this.#headers = headers;
    this.signal = signal;
    this.#resolve = resolve;
    this.#url = request.url;
    this.#method = request.method;
    this.#body = request.body;
    this.#startedAtMs = home.clock.wallMs();
    this.#startMs = home.clock.monotonicMs();
    this.#deadlineMs = this.#startMs + request.options.timeoutMs;
    this.expiresAtMs = this.#deadlineMs;
  }

  start(): void {
    this.#home.inFlight.add(this);
    this.#go(false);
  }

  /** Its time is over; of a redirect's body, only that body's. */
  expire(): void {
    const hop = this.#hop;
    const nowMs = this.#home.clock.monotonicMs();
    if (hop !== undefined && this.#phase === 'redirecting' && nowMs < this.#deadlineMs) {
      hop.quit();
      this.hopDone(hop, false);
      return;
    }
    this.#fail(this.#timeout(nowMs));
  }

  abort(): void {
    this.#finish(this.#mustNotRepeat() ? { kind: 'aborted', sent: true } : { kind: 'aborted' });
  }

  hopOpening(): void {
    this.#phase = 'opening';
    this.expiresAtMs = Math.min(this.#deadlineMs, this.#home.clock.monotonicMs() + this.#request.options.connectTimeoutMs);
  }

  hopSent(): void {
    this.#phase = 'waiting';
    this.#sent = true;
    this.expiresAtMs = this.#deadlineMs;
    if (!this.#leftOrigin) this.#request.onSent?.();
  }

  hopRedirecting(): void {
    this.#phase = 'redirecting';
    this.expiresAtMs = Math.min(this.#deadlineMs, this.#home.clock.monotonicMs() + REDIRECT_BODY_MS);
  }

  /** Waiting for memory is our own doing: the fetch's time stands still. */
  hopWaiting(): void {
    this.#waitsSinceMs = this.#home.clock.monotonicMs();
    this.expiresAtMs = Number.POSITIVE_INFINITY;
  }

  hopReadsOn(): void {
    this.#endWait();
    this.expiresAtMs = this.#deadlineMs;
  }

  #endWait(): void {
    if (this.#waitsSinceMs === undefined) return;
    const waitedMs = this.#home.clock.monotonicMs() - this.#waitsSinceMs;
    this.#waitsSinceMs = undefined;
    this.#waitedMs += waitedMs;
    this.#deadlineMs += waitedMs;
  }

  hopDone(hop: Hop, reusable: boolean): void {
    if (reusable) this.#pool?.release(hop.lane);
    else this.#pool?.discard(hop.lane);
    if (hop.redirects) this.#redirect(hop);
    else this.#finish(this.#response(hop));
  }

  hopFailed(hop: Hop, error: unknown): void {
    if (hop.redirects) {
      this.hopDone(hop, false);
      return;
    }
    if (!hop.openedConnection && !hop.responseStarted && !this.#mustNotRepeat() && isConnectionGone(error)) {
      // The server closed a kept connection just as it was used: that says nothing about the URL. The other idle ones may be as old, so this
      // goes on a new one, which is also why it happens once.
      this.#pool?.discard(hop.lane);
      this.#go(true);
      return;
    }
    this.#fail(classifyFailure(error, { host: this.#host(), headersArrived: hop.status !== 0 }));
  }

  #go(newConnection: boolean): void {
    try {
      const { pool, origin, path } = this.#route();
      this.#pool = pool;
      this.#phase = 'waiting';
      this.expiresAtMs = this.#deadlineMs;
      this.#requests++;
      const lane = pool.acquire(origin, this.#maxRestedMs(newConnection));
      const hop = new Hop(lane, this, {
        clock: this.#home.clock,
        maxBodyBytes: this.#request.options.maxBodyBytes,
        followsRedirects: this.#request.options.maxRedirects > 0,
        keepContent: this.#request.keepContent ?? false,
        budget: this.#request.budget,
      });
      this.#hop = hop;
      lane.send({ method: this.#method, path, headers: this.#hopHeaders(origin.origin), body: this.#body }, hop);
    } catch (error) {
      this.#fail(classifyFailure(error, { host: this.#host(), headersArrived: false }));
    }
  }

  #hopHeaders(origin: string): string[] {
    let headers = this.#leftOrigin ? this.#headers.foreign : this.#headers.full;
    if (this.#droppedBody) headers = withoutBodyHeaders(headers);
    const isOwn = this.#headers.hasOwnAuthorization && !this.#leftOrigin;
    const authorization = this.#authorization ?? (isOwn ? undefined : this.#headers.byOrigin.get(origin));
    return authorization === undefined ? headers : withAuthorization(headers, authorization);
  }

  #maxRestedMs(newConnection: boolean): number {
    if (newConnection) return -1;
    return this.#request.repeatable === false ? RECENT_MS : Number.POSITIVE_INFINITY;
  }

  /** The server may have acted on the request. */
  #mustNotRepeat(): boolean {
    return this.#sent && this.#request.repeatable === false;
  }

  /**
   * The fast way is for a canonical URL of an origin that has connections: only canonical origins have any, so nothing needs parsing.
   * Everything else is parsed and checked.
   */
  #route(): Route {
    const { publicPool, privatePool } = this.#request.options.insecure ? this.#home.insecure : this.#home.verified;
    const pathAt = this.#url.indexOf('/', 'https://'.length);
    const key = pathAt === -1 ? this.#url : this.#url.slice(0, pathAt);
    const known = privatePool.find(key) ?? publicPool.find(key);
    if (known !== undefined) {
      const pool = this.#mayReachPrivate(known.urlHostname) ? privatePool : publicPool;
      const origin = pool.find(key);
      if (origin !== undefined) return { pool, origin, path: withoutFragment(this.#url.slice(pathAt)) };
    }
    const url = new URL(this.#url);
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw new UnsupportedSchemeError(`the scheme ${url.protocol.slice(0, -1)} is not supported: only http and https are`);
    this.#authorization = takeCredentials(url) ?? this.#authorization;
    this.#url = url.href;
    const mayBePrivate = this.#mayReachPrivate(url.hostname);
    const literal = ipLiteral(url.hostname);
    // Sockets look up names only: a literal is checked here or never.
    if (!mayBePrivate && literal !== undefined) assertPublic(literal, literal);
    const pool = mayBePrivate ? privatePool : publicPool;
    return { pool, origin: pool.open(url), path: url.pathname + url.search };
  }

  #mayReachPrivate(hostname: string): boolean {
    const policy = stricter(this.#request.options.privateAddresses, this.#home.privateCeiling);
    return mayReachPrivate(policy, hostname, this.#request.namedHost);
  }

  #redirect(hop: Hop): void {
    const visited = this.#redirects?.map(({ url }) => url) ?? [];
    const next = redirection(hop.head?.location ?? '', new URL(this.#url), visited, this.#request.options.maxRedirects);
    if (next.kind === 'refuse') {
      this.#fail({ ...next, retryable: false });
      return;
    }
    this.#redirects ??= [];
    this.#redirects.push({ status: hop.status, url: withoutFragment(this.#url) });
    this.#url = next.url.href;
    const method = redirectMethod(this.#method, hop.status);
    if (method !== this.#method) {
      this.#method = method;
      this.#body = undefined;
      this.#droppedBody = true;
    }
    this.#hop = undefined;
    if (!next.sameOrigin) this.#leftOrigin = true;
    this.#authorization = next.authorization ?? (next.sameOrigin ? this.#authorization : undefined);
    const refusal = this.#request.refuseRedirect?.(next.url);
    if (refusal instanceof Promise) {
      this.#phase = 'waiting';
      this.expiresAtMs = this.#deadlineMs;
      refusal.then(
        (refused) => this.#goUnless(refused),
        () => this.abort(),
      );
    } else {
      // Not from inside the parser: what the server sent after this response must be seen before the connection is used again.
      queueMicrotask(() => this.#goUnless(refusal));
    }
  }

  #goUnless(refused: RedirectRefusal | undefined): void {
    if (this.#over) return;
    if (refused === undefined) this.#go(false);
    else this.#fail({ verdict: refused.verdict, ...refused.error, retryable: refused.retryable });
  }

  #response(hop: Hop): FetchedResponse {
    const { status, head } = hop;
    const response = this.#trace({ kind: 'response', status, sizeBytes: hop.sizeBytes, wireBytes: hop.wireBytes } as FetchedResponse, hop);
    if (hop.truncated) response.truncated = true;
    if (head?.contentType !== undefined) response.contentType = head.contentType;
    if (this.#request.keepContent) response.content = hop.content();
    if (head?.retryAfter !== undefined) {
      const retryAfterMs = parseRetryAfter(head.retryAfter, response.finishedAtMs);
      if (retryAfterMs !== undefined) response.retryAfterMs = retryAfterMs;
    }
    return response;
  }

  #fail({ verdict, code, message, retryable }: Failure): void {
    const failure = this.#trace(
      { kind: 'failure', verdict, error: { code, message }, retryable: retryable && !this.#mustNotRepeat() } as FetchFailure,
      this.#hop,
    );
    if (verdict === 'tls') failure.tlsProblem = tlsProblemOf(code);
    const status = this.#hop?.status || this.#redirects?.at(-1)?.status;
    if (status !== undefined) failure.status = status;
    this.#finish(failure);
  }

  #timeout(nowMs: number): Failure {
    const { timeoutMs, connectTimeoutMs } = this.#request.options;
    const host = this.#host();
    const timeout = (code: string, message: string): Failure => ({ verdict: 'timeout', code, message, retryable: true });
    if (nowMs < this.#deadlineMs)
      return timeout('CONNECT_TIMEOUT', `no connection to ${host} within ${connectTimeoutMs} ms: --connect-timeout allows more`);
    const missing = this.#phase === 'opening' ? 'no connection to' : this.#hop?.status ? 'no end of the body from' : 'no answer from';
    return timeout('TIMEOUT', `${missing} ${host} within ${timeoutMs} ms: --timeout allows more`);
  }

  /** Adds to a result what is known of how it came about. */
  #trace<Result extends Trace>(result: Result, hop: Hop | undefined): Result {
    this.#endWait();
    const endMs = this.#home.clock.monotonicMs();
    result.startedAtMs = this.#startedAtMs;
    result.finishedAtMs = this.#home.clock.wallMs();
    result.latencyMs = tenths(endMs - this.#startMs - this.#waitedMs);
    if (this.#waitedMs > 0) result.waitedMs = tenths(this.#waitedMs);
    result.timings = hop?.timings(endMs) ?? {};
    result.requests = this.#requests;
    const { remoteAddress, certificateEndsAtMs, tlsProblem } = hop?.lane.opening ?? {};
    if (remoteAddress !== undefined) result.remoteAddress = remoteAddress;
    if (certificateEndsAtMs !== undefined) result.certificateEndsAtMs = certificateEndsAtMs;
    if (tlsProblem !== undefined) result.tlsProblem = tlsProblem;
    if (this.#redirects !== undefined) {
      result.redirects = this.#redirects;
      result.finalUrl = this.#url;
    }
    return result;
  }

  #finish(result: FetchResult): void {
    if (this.#over) return;
    this.#over = true;
    this.#home.inFlight.delete(this);
    if (result.kind !== 'response' && this.#hop !== undefined) {
      this.#hop.quit();
      this.#pool?.discard(this.#hop.lane);
    }
    this.#resolve(result);
  }

  /** For messages: never with credentials. */
  #host(): string {
    if (!URL.canParse(this.#url)) return 'the host';
    const { protocol, hostname, port } = new URL(this.#url);
    return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
  }
}
