import type { LookupFunction, Socket } from 'node:net';
import { Client } from 'undici';
import type { HttpFault } from '../../model/outcome.ts';
import type { Clock } from '../../util/clock.ts';
import { isConnectionGone } from '../classify-failure.ts';
import { withoutConnectionHeaders } from '../request-headers.ts';
import { type Opening, openConnection } from './open-connection.ts';
import type { Manner } from './origin-manners.ts';
import type { HttpProxy } from './proxy.ts';
import { readTolerantly } from './read-tolerantly.ts';
import { skipContinues } from './skip-continues.ts';
import { TolerantResponse } from './tolerant-response.ts';

/**
 * How long an idle connection is kept, in milliseconds, unless the server's Keep-Alive header gives another time; and
 * the upper limit for that time.
 */
const KEEP_ALIVE_MS = 4_000;
const MAX_KEEP_ALIVE_MS = 10_000;
const MAX_HEADER_BYTES = 65_536;

/**
 * The error with which lanes are destroyed. Shared, because undici would otherwise create one for each, and Node would
 * capture its stack.
 */
const CLOSED = new Error('the connection is no longer needed');

/** What all connections to an origin have in common. */
export interface LaneOrigin {
  /** `scheme://host:port`, canonical. */
  readonly origin: string;
  readonly secure: boolean;
  /** IPv6 addresses are without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** The proxy, if there is one. */
  readonly proxy: HttpProxy | undefined;
  tlsSession?: Buffer;
}

/** How connections are made, for a whole pool. */
export interface LaneMaking {
  lookupFor(proxy: HttpProxy | undefined): LookupFunction;
  readonly clock: Clock;
  readonly insecure: boolean;
}

/** A request, in the form in which it is sent. */
interface SentRequest {
  method: string;
  /** Path and query. */
  path: string;
  /** Name, value, name, value and so on. */
  headers: string[];
  body: string | undefined;
}

/**
 * The callbacks of a request, in the order in which they are called. Only `onConnect` and `onError` occur on every
 * connection.
 */
export interface LaneRequest {
  /** A new connection is being opened. */
  onOpening(): void;
  /** The request is being written to the connection. */
  onConnect(abort: (error?: Error) => void): void;
  /** The first byte of a response has arrived. */
  onResponseStarted(): void;
  onHeaders(status: number, headers: Buffer[], resume: () => void): boolean;
  onData(chunk: Buffer): boolean;
  onComplete(): void;
  onError(error: Error): void;
}

/**
 * One connection to one origin. It is opened when a request needs it, and kept while idle.
 *
 *     idle ──send──► opening ──► busy ──onComplete──► idle
 *       ▲               │          │
 *       └── closed by the peer     └── anything else: destroy, and the lane is not used again
 *
 * Each lane has an undici Client of its own, instead of an Agent with one Pool per origin. So a request knows whether
 * its connection was new, how long opening took and where it leads, and idle connections can be counted and closed
 * across origins.
 */
export class Lane {
  readonly origin: LaneOrigin;
  readonly manner: Manner;
  readonly #making: LaneMaking;
  readonly #client: Client;
  #request: LaneRequest | undefined;
  #giveUpOpening: (() => void) | undefined;
  #opening: Opening = { phase: 'connect' };
  #connected = false;
  #expectResponse: (() => void) | undefined;
  /** Only for a tolerant lane. */
  #response: TolerantResponse | undefined;
  #restedAtMs = 0;

  /**
   * @param onClosed called when the connection closes while no request uses it. `byPeer`: the server closed it without
   *   announcing that.
   */
  constructor(origin: LaneOrigin, manner: Manner, making: LaneMaking, onClosed: (lane: Lane, byPeer: boolean) => void) {
    this.origin = origin;
    this.manner = manner;
    this.#making = making;
    this.#client = new Client(origin.origin, {
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: MAX_KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2: manner === 'http2',
      connect: (_options, callback) => this.#open(callback as (error: Error | null, socket: unknown) => void),
    });
    this.#client.on('disconnect', (_origin, _targets, error) => {
      this.#connected = false;
      if (this.#request === undefined) onClosed(this, isConnectionGone(error));
    });
  }

  /** How opening the current connection went so far, and its remote address. */
  get opening(): Readonly<Opening> {
    return this.#opening;
  }

  /** True if the connection is open, as far as the event loop has noticed. */
  get isOpen(): boolean {
    return this.#connected;
  }

  /** The faults that the tolerant parser accepted. */
  get httpFaults(): HttpFault[] {
    return [...(this.#response?.faults ?? [])];
  }

  /** True if the tolerant parser has received part of a head. */
  get isWithinHead(): boolean {
    return this.#response?.isWithinHead ?? false;
  }

  /** How long the connection has been idle, in milliseconds. */
  get restedMs(): number {
    return this.#making.clock.monotonicMs() - this.#restedAtMs;
  }

  /** Sends one request. Send no other until its response is complete; then call `rest` or `destroy`. */
  send({ method, path, headers, body }: SentRequest, request: LaneRequest): void {
    this.#request = request;
    if (this.manner === 'tolerant') this.#response = new TolerantResponse(method);
    this.#expectResponse?.();
    const { proxy } = this.origin;
    const plainProxy = proxy !== undefined && !this.origin.secure;
    this.#client.dispatch(
      {
        method: method as 'GET',
        path: plainProxy ? this.origin.origin + path : path,
        headers: plainProxy
          ? withProxyAuthorization(headers, proxy)
          : this.manner === 'http2'
            ? withoutConnectionHeaders(headers)
            : headers,
        body: body ?? null,
        // undici would close the connection after a HEAD, in case the server sends a body. We detect such a body as we
        // do after any other response.
        reset: (method === 'HEAD' ? false : null) as boolean,
      },
      request as object,
    );
  }

  /** Called when the response is complete. True if the connection can be kept. */
  rest(): boolean {
    if (this.manner === 'tolerant') return false;
    this.#request = undefined;
    this.#restedAtMs = this.#making.clock.monotonicMs();
    return this.#connected;
  }

  /** Closes the connection at once, even while it is being opened. */
  destroy(): void {
    this.#connected = false;
    this.#giveUpOpening?.();
    this.#client.destroy(CLOSED, ignore);
  }

  #open(callback: (error: Error | null, socket: unknown) => void): void {
    const { origin } = this;
    const { lookupFor, clock, insecure } = this.#making;
    const { proxy } = origin;
    this.#request?.onOpening();
    const destination = {
      secure: origin.secure,
      hostname: origin.hostname,
      port: origin.port,
      lookup: lookupFor(proxy),
      insecure,
      alpn: this.manner === 'http2' ? ('h2' as const) : ('http/1.1' as const),
      ...(proxy !== undefined && { proxy }),
      ...(origin.tlsSession !== undefined && { tlsSession: origin.tlsSession }),
      onTlsSession: (session: Buffer) => {
        origin.tlsSession = session;
      },
    };
    this.#opening = { phase: 'connect' };
    this.#giveUpOpening = openConnection(destination, this.#opening, clock, (error, socket) => {
      this.#giveUpOpening = undefined;
      this.#connected = error === null;
      if (socket !== undefined) this.#prepare(socket);
      try {
        callback(error, socket ?? null);
      } catch (thrown) {
        // undici sends the request from within this callback. An uncaught error of Node's HTTP/2 would end the process.
        this.#request?.onError(thrown as Error);
      }
    });
  }

  /** Installs the reader that this manner needs in front of undici's parser. */
  #prepare(socket: Socket): void {
    if (this.#response !== undefined) readTolerantly(socket, this.#response);
    else if (this.manner === 'strict') this.#expectResponse = skipContinues(socket);
  }
}

function withProxyAuthorization(headers: string[], { authorization }: HttpProxy): string[] {
  return authorization === undefined ? headers : [...headers, 'proxy-authorization', authorization];
}

function ignore(): void {}
