import type { Phase } from '../model/outcome.ts';
import type { PrivateAddresses } from '../model/run-options.ts';
import { tlsProblemOf } from '../model/tls-problem.ts';
import type { Clock } from '../util/clock.ts';
import { classifyFailure, type Failure, isConnectionGone, timeoutFailure } from './classify-failure.ts';
import type { ConnectionPool, PooledOrigin } from './connection/connection-pool.ts';
import type { Lane } from './connection/lane.ts';
import type { OpenLanes } from './connection/open-lanes.ts';
import { type Manner, type OriginManners, otherManner } from './connection/origin-manners.ts';
import { stricter, wayToPrivate } from './dns/private-reach.ts';
import type { FetchRequest } from './fetch-request.ts';
import type { FetchAborted, FetchedResponse, FetchFailure, FetchMoved, FetchResult, Shortage, Trace } from './fetch-result.ts';
import { Hop, type HopOwner, tenths } from './hop.ts';
import type { InFlight, Watched } from './in-flight.ts';
import { NextRequest } from './next-request.ts';
import { ownShortage, type ShortageWatch, shortageText } from './own-shortage.ts';
import type { RequestHeaders } from './request-headers.ts';
import { parseRetryAfter } from './retry-after.ts';
import { hostOf, type Pools, routeTo } from './route.ts';

/**
 * Time limit for the body of a redirect, in milliseconds. After that, its connection is closed and the redirect
 * followed.
 */
const REDIRECT_BODY_MS = 1_000;
/** How long to wait for the first bytes of an endless stream, in milliseconds. After that, its head is enough. */
const ENDLESS_BODY_MS = 1_000;

/** State that all exchanges of a fetcher share. */
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

/**
 * One fetch, from the URL to its result. It makes one hop for each redirect, with one deadline for all of them and an
 * address check for each. Resolves exactly once, whatever the server does.
 *
 *     start ─► go ─► send ─► opening ─► waiting ─► hopDone ──► response
 *              ▲                           │           └─ redirect ─► go, or moved
 *              └──── connection was gone, or ───── hopFailed ───► failure
 *                    another manner may help
 */
export class Exchange implements Watched, HopOwner {
  readonly signal: AbortSignal;
  expiresAtMs: number;
  watchedAt = -1;
  readonly #home: ExchangeHome;
  readonly #request: FetchRequest;
  readonly #resolve: (result: FetchResult) => void;
  readonly #startedAtMs: number;
  readonly #startMs: number;
  /** How long earlier requests of the chain took, in milliseconds. */
  readonly #usedMs: number;
  #deadlineMs: number;
  /** When reading was paused to wait for memory or a sink. Undefined while reading. */
  #waitsSinceMs: number | undefined;
  #waitedMs = 0;
  #phase: 'opening' | 'waiting' | 'redirecting' = 'waiting';
  #hop: Hop | undefined;
  #pool: ConnectionPool | undefined;
  #origin: PooledOrigin | undefined;
  #requests: number;
  readonly #next: NextRequest;
  /** The manner for the current origin, if it differs from that in `OriginManners`. */
  #manner: Manner | undefined;
  #sent = false;
  #finished = false;

  constructor(
    home: ExchangeHome,
    request: FetchRequest,
    headers: RequestHeaders,
    signal: AbortSignal,
    resolve: (result: FetchResult) => void,
  ) {
    this.#home = home;
    this.#request = request;
    this.#next = new NextRequest(request, headers);
    this.signal = signal;
    this.#resolve = resolve;
    const { chain } = request;
    this.#requests = chain?.requests ?? 0;
    this.#usedMs = chain?.usedMs ?? 0;
    this.#startedAtMs = chain?.startedAtMs ?? home.clock.wallMs();
    this.#startMs = home.clock.monotonicMs();
    this.#deadlineMs = this.#startMs + (request.timeLeftMs ?? request.options.timeoutMs);
    this.expiresAtMs = this.#deadlineMs;
  }

  start(): void {
    this.#home.inFlight.add(this);
    this.#go(false);
  }

  /** Called when the time is up. If the body is not needed, only the body is cut (docs/decisions/0031). */
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

  /** This machine lacks a resource to open a connection. Idle connections may hold it, so they are closed. */
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
    if (this.#next.movedAway || onSent === undefined) return;
    // The bytes are written right after this, before any microtask runs. If the process loses the CPU in between, they
    // are sent late.
    queueMicrotask(onSent);
  }

  hopRedirecting(): void {
    this.#phase = 'redirecting';
    this.expiresAtMs = Math.min(this.#deadlineMs, this.#home.clock.monotonicMs() + REDIRECT_BODY_MS);
  }

  hopEndless(): void {
    this.expiresAtMs = Math.min(this.#deadlineMs, this.#home.clock.monotonicMs() + ENDLESS_BODY_MS);
  }

  /** Waiting for memory or for a sink is our own delay, so the deadline is suspended. */
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
      // The server closed a kept connection just as we used it, which says nothing about the URL. The other idle
      // connections may be as old, so the retry uses a new one. That also limits it to one retry.
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
    // A sink must not receive a body twice.
    const mayRepeat = !this.#mustNotRepeat() && (hop.status === 0 || this.#request.sink === undefined);
    const other = manner === 'strict' && mayRepeat ? otherManner(error, origin.secure, place) : undefined;
    if (other !== undefined) {
      this.#pool?.discard(hop.lane);
      this.#goInManner(other, origin.origin);
      return;
    }
    // What we had noted about the server does not help, so forget it.
    if (manner === 'tolerant' || this.#phase === 'opening') this.#home.manners.note(origin.origin, 'strict');
    this.#fail(classifyFailure(error, place), this.#hopPhase());
  }

  /**
   * Repeats the request in another manner. It is a further request to the origin, so it must wait for a turn like a
   * redirect within the origin.
   */
  #goInManner(manner: Manner, origin: string): void {
    this.#hop = undefined;
    // Only once: other workers may not know this manner, or other URLs of the origin may need another one, and then a
    // turn could have been wasted before.
    const isFirst = this.#requests <= 1 + (this.#next.redirects?.length ?? 0);
    if (isFirst && this.#request.judgeRedirect?.(new URL(this.#next.url), true) === 'move') {
      this.#home.manners.note(origin, manner);
      this.#finish(this.#moved());
      return;
    }
    this.#manner = manner;
    this.#go(true);
  }

  /** Use the same manner for other URLs of the origin, until a response arrives that a strict parser accepts too. */
  #noteManner({ manner, origin, httpFaults }: Lane): void {
    this.#home.manners.note(origin.origin, manner === 'tolerant' && httpFaults.length === 0 ? 'strict' : manner);
  }

  /** Finds a connection for the next request and sends it. */
  #go(newConnection: boolean): void {
    try {
      const { insecure, privateAddresses } = this.#request.options;
      const policy = stricter(privateAddresses, this.#home.privateCeiling);
      const { pool, origin, path } = routeTo(this.#next, insecure ? this.#home.insecure : this.#home.verified, policy, this.#request);
      this.#pool = pool;
      this.#origin = origin;
      this.#phase = 'waiting';
      this.expiresAtMs = this.#deadlineMs;
      // A server may close a kept connection while a request is on its way, and then nobody knows whether the request
      // arrived. So a request that must not be sent twice always gets a new connection.
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
    if (!this.#finished && lane.isOpen) {
      this.#send(lane, path);
      return;
    }
    this.#pool?.release(lane);
    if (!this.#finished) this.#go(true);
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
      const { method, body } = this.#next;
      lane.send({ method, path, headers: this.#next.headersFor(lane.origin.origin), body }, hop);
    } catch (error) {
      this.#fail(classifyFailure(error, { host: this.#host(), headersArrived: false }));
    }
  }

  /** True if the server may have acted on a request that must not be sent twice. */
  #mustNotRepeat(): boolean {
    return this.#sent && this.#request.repeatable === false;
  }

  #redirect(hop: Hop): void {
    const next = this.#next.redirect(hop);
    if (next.kind === 'refuse') {
      this.#fail({ ...next, retryable: false });
      return;
    }
    this.#hop = undefined;
    this.#manner = undefined;
    const judgement = this.#request.judgeRedirect?.(next.url, next.sameOrigin) ?? 'follow';
    if (judgement === 'move') {
      this.#finish(this.#moved());
    } else if (judgement === 'follow') {
      // Not synchronously, inside the parser: it must first see what the server sent after this response, before the
      // connection is used again.
      queueMicrotask(() => {
        if (!this.#finished) this.#go(false);
      });
    } else {
      this.#fail({ verdict: judgement.verdict, ...judgement.error, retryable: judgement.retryable });
    }
  }

  #moved(): FetchMoved {
    const usedMs = this.#latencyMs(this.#home.clock.monotonicMs());
    return this.#next.moved({ requests: this.#requests, startedAtMs: this.#startedAtMs, usedMs });
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

  /** @param phase where the hop was, if its connection failed or it ran out of time */
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
    const status = hop?.status || this.#next.redirects?.at(-1)?.status;
    if (status !== undefined) failure.status = status;
    this.#finish(failure);
  }

  #timeout(nowMs: number): Failure {
    const { options, sink } = this.#request;
    const phase = this.#hopPhase() ?? 'answer';
    const limit = nowMs < this.#deadlineMs ? 'connect' : 'whole';
    return timeoutFailure(phase, this.#host(), { limit, isStream: sink !== undefined }, options);
  }

  /** The phase of the current hop. Undefined between two hops. */
  #hopPhase(): Phase | undefined {
    const hop = this.#hop;
    if (hop === undefined) return undefined;
    if (hop.status !== 0) return 'body';
    return this.#phase === 'opening' ? hop.lane.opening.phase : 'answer';
  }

  /** Adds to a result how the attempt went. */
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
    const { remoteAddress, certificateExpiry, tlsProblem } = hop?.lane.opening ?? {};
    if (remoteAddress !== undefined) result.remoteAddress = remoteAddress;
    if (certificateExpiry !== undefined) result.certificateExpiry = certificateExpiry;
    if (tlsProblem !== undefined) result.tlsProblem = tlsProblem;
    const { redirects, url } = this.#next;
    if (redirects !== undefined) {
      result.redirects = redirects;
      result.finalUrl = url;
    }
    return result;
  }

  #finish(result: FetchResult): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#home.inFlight.delete(this);
    if (result.kind !== 'response' && this.#hop !== undefined) {
      this.#hop.quit();
      this.#pool?.discard(this.#hop.lane);
    }
    this.#resolve(result);
  }

  /** For messages. */
  #host(): string {
    return hostOf(this.#next.url);
  }
}

/**
 * Calls back after the event loop has polled all sockets once more. If the peer has closed a connection by now, that is
 * then known. The first `setImmediate` may run right after the poll in which the caller runs, and that poll reads each
 * socket only once. The second one runs after another complete poll.
 */
export function afterPoll(then: () => void): void {
  setImmediate(setImmediate, then);
}
