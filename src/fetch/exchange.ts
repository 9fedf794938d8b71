import type { Chain } from '../model/chain.ts';
import type { Phase, RedirectHop } from '../model/outcome.ts';
import type { PrivateAddresses } from '../model/run-options.ts';
import { tlsProblemOf } from '../model/tls-problem.ts';
import { requestTarget } from '../model/url/canonical-url.ts';
import type { Clock } from '../util/clock.ts';
import { ChainCookies } from './chain-cookies.ts';
import { classifyFailure, type Failure, isConnectionGone } from './classify-failure.ts';
import type { ConnectionPool, PooledOrigin } from './connection/connection-pool.ts';
import type { Lane } from './connection/lane.ts';
import type { OpenLanes } from './connection/open-lanes.ts';
import { type Manner, type OriginManners, otherManner } from './connection/origin-manners.ts';
import { assertPublic, ipLiteral, mayReachPrivate, stricter, wayToPrivate } from './dns/private-reach.ts';
import type { FetchRequest } from './fetch-request.ts';
import type { FetchAborted, FetchedResponse, FetchFailure, FetchMoved, FetchResult, Shortage, Trace } from './fetch-result.ts';
import { Hop, type HopOwner, tenths } from './hop.ts';
import type { InFlight, Watched } from './in-flight.ts';
import { ownShortage, type ShortageWatch, shortageText } from './own-shortage.ts';
import { redirection, redirectMethod, takeCredentials, withoutFragment } from './redirect.ts';
import { cookieOf, type RequestHeaders, withAuthorization, withCookie, withoutBodyHeaders } from './request-headers.ts';
import { parseRetryAfter } from './retry-after.ts';

/** A redirect's body may take so long, in milliseconds; then its connection is closed and the redirect followed. */
const REDIRECT_BODY_MS = 1_000;
/** An endless stream may take so long, in milliseconds, to send its first bytes; then its head is enough. */
const ENDLESS_BODY_MS = 1_000;

/** What did not come, when the time was over in that phase. */
const MISSING: Readonly<Record<Phase, string>> = {
  dns: 'no address for',
  connect: 'no connection to',
  proxy: 'no tunnel through the proxy to',
  tls: 'no TLS handshake with',
  answer: 'no answer from',
  body: 'no end of the body from',
};

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
  shortages: ShortageWatch;
  open: OpenLanes;
  manners: OriginManners;
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
 *     start ─► go ─► send ─► opening ─► waiting ─► hopDone ──► response
 *              ▲                           │           └─ redirect ─► go, or moved
 *              └──── connection was gone, or ───── hopFailed ───► failure
 *                    another manner may help
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
  /** Time that earlier requests of the chain took. */
  readonly #usedMs: number;
  #deadlineMs: number;
  /** Reading stopped then, for want of memory. */
  #waitsSinceMs: number | undefined;
  #waitedMs = 0;
  #phase: 'opening' | 'waiting' | 'redirecting' = 'waiting';
  #hop: Hop | undefined;
  #pool: ConnectionPool | undefined;
  #origin: PooledOrigin | undefined;
  #requests: number;
  /** The URL that is being requested: without credentials, with a fragment if a redirect gave one. */
  #url: string;
  #redirects: RedirectHop[] | undefined;
  /** How to talk to the present origin, if not as `OriginManners` says. */
  #manner: Manner | undefined;
  #cookies: ChainCookies | undefined;
  #authorization: string | undefined;
  /** Redirects have led to another origin than that of the request's URL, if only for a while: it gets no credentials. */
  #leftOrigin = false;
  /** Likewise, since this fetch began. */
  #movedAway = false;
  #method: string;
  #body: string | undefined;
  /** A redirect left the body behind. */
  #droppedBody: boolean;
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
    const { chain } = request;
    this.#url = chain?.url ?? request.url;
    this.#method = chain?.method ?? request.method;
    this.#droppedBody = chain?.method !== undefined;
    this.#body = this.#droppedBody ? undefined : request.body;
    this.#requests = chain?.requests ?? 0;
    this.#usedMs = chain?.usedMs ?? 0;
    this.#authorization = request.authorization;
    this.#cookies = request.cookies;
    if (chain !== undefined) {
      // Without redirects, the chain goes on by http, or asks the same URL in another manner.
      if (chain.redirects.length > 0 || chain.url !== request.url) this.#redirects = [...chain.redirects];
      this.#leftOrigin = [...chain.redirects.slice(1), chain].some(({ url }) => new URL(url).origin !== chain.home);
    }
    this.#startedAtMs = chain?.startedAtMs ?? home.clock.wallMs();
    this.#startMs = home.clock.monotonicMs();
    this.#deadlineMs = this.#startMs + (request.timeLeftMs ?? request.options.timeoutMs);
    this.expiresAtMs = this.#deadlineMs;
  }

  start(): void {
    this.#home.inFlight.add(this);
    this.#go(false);
  }

  /** Its time is over; of a body that nobody wants, only that body's (docs/decisions/0031). */
  expire(): void {
    const hop = this.#hop;
    if (hop?.hasEnough) {
      hop.cutShort();
      return;
    }
    const nowMs = this.#home.clock.monotonicMs();
    if (hop !== undefined && this.#phase === 'redirecting' && nowMs < this.#deadlineMs) {
      hop.quit();
      this.hopDone(hop, false);
      return;
    }
    this.#fail(this.#timeout(nowMs), this.#hopPhase());
  }

  abort(): void {
    this.#finish(this.#aborted());
  }

  #aborted(): FetchAborted {
    return this.#mustNotRepeat() ? { kind: 'aborted', sent: true } : { kind: 'aborted' };
  }

  /** This machine has nothing left to connect with. Idle connections may hold what is missing. */
  #runShort(code: string): void {
    this.#home.open.closeIdle();
    const host = this.#host();
    const shortage: Shortage = { code, message: `this machine cannot connect to ${host}: ${shortageText(code)} (${code})` };
    if (this.#home.shortages.failed(code, host) === 'final') shortage.isFinal = true;
    this.#finish({ ...this.#aborted(), shortage });
  }

  hopOpening(): void {
    this.#phase = 'opening';
    this.expiresAtMs = Math.min(this.#deadlineMs, this.#home.clock.monotonicMs() + this.#request.options.connectTimeoutMs);
  }

  hopSent(): void {
    this.#home.shortages.sent(() => this.#host());
    this.#phase = 'waiting';
    this.#sent = true;
    this.expiresAtMs = this.#deadlineMs;
    const { onSent } = this.#request;
    if (this.#movedAway || onSent === undefined) return;
    // The bytes are written right after this, before any microtask. A process that loses its processor in between sends them late.
    queueMicrotask(onSent);
  }

  hopRedirecting(): void {
    this.#phase = 'redirecting';
    this.expiresAtMs = Math.min(this.#deadlineMs, this.#home.clock.monotonicMs() + REDIRECT_BODY_MS);
  }

  hopEndless(): void {
    this.expiresAtMs = Math.min(this.#deadlineMs, this.#home.clock.monotonicMs() + ENDLESS_BODY_MS);
  }

  /** Waiting for memory, or for a sink, is our own doing: the fetch's time stands still. */
  hopWaiting(): void {
    this.#waitsSinceMs = this.#home.clock.monotonicMs();
    this.expiresAtMs = Number.POSITIVE_INFINITY;
  }

  hopReadsOn(): void {
    this.#endWait();
    const { sink, options } = this.#request;
    if (sink !== undefined) this.#deadlineMs = this.#home.clock.monotonicMs() + options.timeoutMs;
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
    if (!hop.openedConnection && this.#origin !== undefined) this.#origin.reuses = true;
    if (hop.lane.manner !== 'strict') this.#noteManner(hop.lane);
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
      this.#pool?.discardClosed(hop.lane);
      this.#go(true);
      return;
    }
    const shortage = ownShortage(error);
    if (shortage !== undefined) {
      this.#runShort(shortage);
      return;
    }
    const { origin, manner } = hop.lane;
    const responseStarted = hop.responseStarted || hop.lane.isWithinHead;
    const place = { host: this.#host(), headersArrived: hop.status !== 0, responseStarted };
    // A sink must not get a body twice.
    const mayRepeat = !this.#mustNotRepeat() && (hop.status === 0 || this.#request.sink === undefined);
    const other = manner === 'strict' && mayRepeat ? otherManner(error, origin.secure, place) : undefined;
    if (other !== undefined) {
      this.#pool?.discard(hop.lane);
      this.#goInManner(other, origin.origin);
      return;
    }
    // Whatever was known of the server does not help.
    if (manner === 'tolerant' || this.#phase === 'opening') this.#home.manners.note(origin.origin, 'strict');
    this.#fail(classifyFailure(error, place), this.#hopPhase());
  }

  /** Once more, in another manner. That is another request to the origin, so it waits its turn as a redirect within the origin does. */
  #goInManner(manner: Manner, origin: string): void {
    this.#hop = undefined;
    // Where workers do not know of each other's manners, or URLs of the origin differ, a turn may have been in vain before: not again.
    const isFirst = this.#requests <= 1 + (this.#redirects?.length ?? 0);
    if (isFirst && this.#request.judgeRedirect?.(new URL(this.#url), true) === 'move') {
      this.#home.manners.note(origin, manner);
      this.#finish(this.#moved(this.#redirects ?? []));
      return;
    }
    this.#manner = manner;
    this.#go(true);
  }

  /** Other URLs of the origin are requested in the same way, until a response comes that a strict reader takes too. */
  #noteManner({ manner, origin, httpFaults }: Lane): void {
    this.#home.manners.note(origin.origin, manner === 'tolerant' && httpFaults.length === 0 ? 'strict' : manner);
  }

  /** Finds a connection for the next request, and sends it. */
  #go(newConnection: boolean): void {
    try {
      const { pool, origin, path } = this.#route();
      this.#pool = pool;
      this.#origin = origin;
      this.#phase = 'waiting';
      this.expiresAtMs = this.#deadlineMs;
      // The server may close a kept connection while the request is on its way, and then nobody knows whether it arrived: what must not be sent twice
      // never goes on one.
      const manner = this.#manner ?? this.#home.manners.of(origin.origin);
      const isNew = newConnection || this.#request.repeatable === false || manner === 'tolerant';
      const kept = isNew ? undefined : pool.takeIdle(origin);
      if (kept === undefined) this.#send(pool.openNew(origin, manner), path);
      else if (origin.reuses) this.#send(kept, path);
      else afterPoll(() => this.#sendIfOpen(kept, path));
    } catch (error) {
      this.#fail(classifyFailure(error, { host: this.#host(), headersArrived: false }));
    }
  }

  #sendIfOpen(lane: Lane, path: string): void {
    if (!this.#over && lane.isOpen) {
      this.#send(lane, path);
      return;
    }
    this.#pool?.release(lane);
    if (!this.#over) this.#go(true);
  }

  #send(lane: Lane, path: string): void {
    this.#requests++;
    const hop = new Hop(lane, this, {
      clock: this.#home.clock,
      maxBodyBytes: this.#request.options.maxBodyBytes,
      followsRedirects: this.#request.options.maxRedirects > 0,
      keepContent: this.#request.keepContent ?? false,
      sink: this.#request.sink,
      budget: this.#request.budget,
    });
    this.#hop = hop;
    try {
      lane.send({ method: this.#method, path, headers: this.#hopHeaders(lane.origin.origin), body: this.#body }, hop);
    } catch (error) {
      this.#fail(classifyFailure(error, { host: this.#host(), headersArrived: false }));
    }
  }

  #hopHeaders(origin: string): string[] {
    let headers = this.#leftOrigin ? this.#headers.foreign : this.#headers.full;
    if (this.#droppedBody) headers = withoutBodyHeaders(headers);
    const isOwn = this.#headers.hasOwnAuthorization && !this.#leftOrigin;
    const authorization = this.#authorization ?? (isOwn ? undefined : this.#headers.byOrigin.get(origin));
    const cookie = this.#cookies?.headerFor(this.#url, cookieOf(headers));
    if (cookie !== undefined) headers = withCookie(headers, cookie);
    return authorization === undefined ? headers : withAuthorization(headers, authorization);
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
    return { pool, origin: pool.open(url), path: requestTarget(url) };
  }

  #mayReachPrivate(hostname: string): boolean {
    const policy = stricter(this.#request.options.privateAddresses, this.#home.privateCeiling);
    return mayReachPrivate(policy, hostname, this.#request);
  }

  #redirect(hop: Hop): void {
    if (hop.setCookies.length > 0) {
      this.#cookies ??= new ChainCookies();
      this.#cookies.take(hop.setCookies, this.#url);
    }
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
    this.#manner = undefined;
    if (!next.sameOrigin) {
      this.#leftOrigin = true;
      this.#movedAway = true;
    }
    this.#authorization = next.authorization ?? (next.sameOrigin ? this.#authorization : undefined);
    const judgement = this.#request.judgeRedirect?.(next.url, next.sameOrigin) ?? 'follow';
    if (judgement === 'move') {
      this.#finish(this.#moved(this.#redirects));
    } else if (judgement === 'follow') {
      // Not from inside the parser: what the server sent after this response must be seen before the connection is used again.
      queueMicrotask(() => {
        if (!this.#over) this.#go(false);
      });
    } else {
      this.#fail({ verdict: judgement.verdict, ...judgement.error, retryable: judgement.retryable });
    }
  }

  #moved(redirects: RedirectHop[]): FetchMoved {
    const chain: Chain = {
      home: this.#request.chain?.home ?? new URL(this.#request.url).origin,
      url: this.#url,
      redirects,
      requests: this.#requests,
      startedAtMs: this.#startedAtMs,
      usedMs: this.#latencyMs(this.#home.clock.monotonicMs()),
    };
    if (this.#method !== this.#request.method) chain.method = this.#method;
    const moved: FetchMoved = { kind: 'moved', chain };
    if (this.#cookies !== undefined || this.#request.chain?.hasCookies) chain.hasCookies = true;
    if (this.#cookies !== undefined) moved.cookies = this.#cookies;
    if (this.#authorization !== undefined) {
      chain.needsSecret = true;
      moved.authorization = this.#authorization;
    }
    return moved;
  }

  #latencyMs(endMs: number): number {
    return tenths(this.#usedMs + endMs - this.#startMs - this.#waitedMs);
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

  /** `phase`: where the hop stood, if it failed for its connection or its time. */
  #fail({ verdict, code, message: reason, retryable }: Failure, phase?: Phase): void {
    const hop = this.#hop;
    const isRefused = code === 'PRIVATE_ADDRESS';
    const message = isRefused ? `${reason}: ${wayToPrivate(this.#request.options.privateAddresses, this.#home.privateCeiling)}` : reason;
    const error = { code, message, ...(phase !== undefined && { phase }) };
    const failure = this.#trace({ kind: 'failure', verdict, error, retryable: retryable && !this.#mustNotRepeat() } as FetchFailure, hop);
    if (hop !== undefined && phase === 'body') {
      failure.sizeBytes = hop.sizeBytes;
      failure.wireBytes = hop.wireBytes;
      if (hop.head?.contentType !== undefined) failure.contentType = hop.head.contentType;
    }
    if (verdict === 'tls') failure.tlsProblem = tlsProblemOf(code);
    const status = hop?.status || this.#redirects?.at(-1)?.status;
    if (status !== undefined) failure.status = status;
    this.#finish(failure);
  }

  #timeout(nowMs: number): Failure {
    const { timeoutMs, connectTimeoutMs } = this.#request.options;
    const phase = this.#hopPhase() ?? 'answer';
    const isSilence = phase === 'body' && this.#request.sink !== undefined;
    const missing = `${isSilence ? 'nothing more of the body from' : MISSING[phase]} ${this.#host()}`;
    const timeout = (code: string, message: string): Failure => ({ verdict: 'timeout', code, message, retryable: true });
    if (nowMs < this.#deadlineMs)
      return timeout('CONNECT_TIMEOUT', `${missing} within ${connectTimeoutMs} ms: --connect-timeout allows more`);
    return timeout('TIMEOUT', `${missing} within ${timeoutMs} ms: --timeout allows more`);
  }

  /** Where the present hop stands; undefined between two of them. */
  #hopPhase(): Phase | undefined {
    const hop = this.#hop;
    if (hop === undefined) return undefined;
    if (hop.status !== 0) return 'body';
    return this.#phase === 'opening' ? hop.lane.opening.phase : 'answer';
  }

  /** Adds to a result what is known of how it came about. */
  #trace<Result extends Trace>(result: Result, hop: Hop | undefined): Result {
    this.#endWait();
    const endMs = this.#home.clock.monotonicMs();
    result.startedAtMs = this.#startedAtMs;
    result.finishedAtMs = this.#home.clock.wallMs();
    result.latencyMs = this.#latencyMs(endMs);
    if (this.#waitedMs > 0) result.waitedMs = tenths(this.#waitedMs);
    result.timings = hop?.timings(endMs) ?? {};
    result.requests = this.#requests;
    if (hop !== undefined && hop.lane.manner !== 'strict') {
      if (hop.lane.manner === 'http2') result.httpVersion = '2';
      const { httpFaults } = hop.lane;
      if (httpFaults.length > 0) result.httpFaults = httpFaults;
    }
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

/**
 * Calls back when the event loop has looked at every socket once more: a connection that its peer had closed by now is then known to be closed. The first
 * `setImmediate` may run right after the poll in which the caller runs, in which sockets are read once; the second one runs after a whole poll of its own.
 */
export function afterPoll(then: () => void): void {
  setImmediate(setImmediate, then);
}
