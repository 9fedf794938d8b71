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

/** An idle connection is closed after this, in milliseconds, or when the server's Keep-Alive header says so, but not later than the second figure. */
const KEEP_ALIVE_MS = 4_000;
const MAX_KEEP_ALIVE_MS = 10_000;
const MAX_HEADER_BYTES = 65_536;

/** Why lanes are destroyed, the same for all: undici would make an error for each, and Node would read its stack. */
const CLOSED = new Error('the connection is no longer needed');

/** Everything that connections to one origin have in common. */
export interface LaneOrigin {
  /** `scheme://host:port`, canonical. */
  readonly origin: string;
  readonly secure: boolean;
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** What stands between. */
  readonly proxy: HttpProxy | undefined;
  tlsSession?: Buffer;
}

/** How connections are made, the same for a whole pool. */
export interface LaneMaking {
  lookupFor(proxy: HttpProxy | undefined): LookupFunction;
  readonly clock: Clock;
  readonly insecure: boolean;
}

/** What goes over a connection. */
interface SentRequest {
  method: string;
  /** Path and query. */
  path: string;
  /** Name, value, name, value … */
  headers: string[];
  body: string | undefined;
}

/** What a request learns of its connection besides the response, in this order; all but `onConnect` and `onError` may be left out by a connection. */
export interface LaneRequest {
  /** No kept connection could be used: one is being opened. */
  onOpening(): void;
  /** The request is being written. */
  onConnect(abort: (error?: Error) => void): void;
  /** The first byte of a response. */
  onResponseStarted(): void;
  onHeaders(status: number, headers: Buffer[], resume: () => void): boolean;
  onData(chunk: Buffer): boolean;
  onComplete(): void;
  onError(error: Error): void;
}

/**
 * One connection to one origin, opened when a request needs it and kept while idle.
 *
 *     idle ──send──► opening ──► busy ──onComplete──► idle
 *       ▲               │          │
 *       └── closed by the peer     └── anything else: destroy, and the lane is not used again
 *
 * An undici Client each, instead of an Agent with a Pool per origin: so a request knows whether its connection was new, what
 * opening it took and where it leads, and idle connections can be counted and closed across origins.
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
  /** Of a tolerant lane. */
  #response: TolerantResponse | undefined;
  #restedAtMs = 0;

  /** `onClosed`: the connection closed while no request was on it. `byPeer`: the server closed it, and had not said that it would. */
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

  /** How opening the present connection went or goes, and its remote address. */
  get opening(): Readonly<Opening> {
    return this.#opening;
  }

  /** Its connection is open, as far as the event loop has seen. */
  get isOpen(): boolean {
    return this.#connected;
  }

  /** What the tolerant reader accepted. */
  get httpFaults(): HttpFault[] {
    return [...(this.#response?.faults ?? [])];
  }

  /** The tolerant reader has the beginning of a head. */
  get isWithinHead(): boolean {
    return this.#response?.isWithinHead ?? false;
  }

  /** For how long it has been idle. */
  get restedMs(): number {
    return this.#making.clock.monotonicMs() - this.#restedAtMs;
  }

  /** Sends one request. Nothing else may be sent until it is over; then call `rest` or `destroy`. */
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
        // undici would close the connection behind a HEAD, for fear of a body that comes all the same: that is noticed as after any other response.
        reset: (method === 'HEAD' ? false : null) as boolean,
      },
      request as object,
    );
  }

  /** The response is complete. True if the connection can be kept. */
  rest(): boolean {
    if (this.manner === 'tolerant') return false;
    this.#request = undefined;
    this.#restedAtMs = this.#making.clock.monotonicMs();
    return this.#connected;
  }

  /** Closes the connection at once, also one that is only being opened. */
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
        // undici sends the request from here, and what Node's HTTP/2 throws would end the process.
        this.#request?.onError(thrown as Error);
      }
    });
  }

  /** Puts in front of undici's parser what this manner needs there. */
  #prepare(socket: Socket): void {
    if (this.#response !== undefined) readTolerantly(socket, this.#response);
    else if (this.manner === 'strict') this.#expectResponse = skipContinues(socket);
  }
}

function withProxyAuthorization(headers: string[], { authorization }: HttpProxy): string[] {
  return authorization === undefined ? headers : [...headers, 'proxy-authorization', authorization];
}

function ignore(): void {}
