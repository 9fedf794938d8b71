import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import type { TestContext } from 'node:test';
import type { FetchRequest } from '../../src/fetch/fetch-request.ts';
import type { FetchedResponse, FetchFailure, FetchResult } from '../../src/fetch/fetch-result.ts';
import { createFetcher, type FetcherOptions } from '../../src/fetch/fetcher.ts';
import { LIST_ONLY } from '../../src/model/link-options.ts';
import type { RunOptions } from '../../src/model/run-options.ts';

export { until } from '../helpers/until.ts';

/** A server on a free loopback port, which is closed at the end of the test. */
export interface LocalServer {
  port: number;
  /** `http://127.0.0.1:PORT` */
  origin: string;
  /** Number of connections accepted so far. */
  readonly connections: number;
  /** Number of open connections. */
  readonly open: number;
  /** Largest number of connections that were open at the same time. */
  readonly peak: number;
}

export async function httpServer(t: TestContext, handler: http.RequestListener, host = '127.0.0.1'): Promise<LocalServer> {
  return listen(t, http.createServer({ keepAliveTimeout: 60_000 }, handler), host);
}

/** Plain TCP: the test writes the bytes of the response itself. */
export async function rawServer(t: TestContext, onConnection: (socket: net.Socket) => void): Promise<LocalServer> {
  return listen(t, net.createServer(onConnection), '127.0.0.1');
}

/**
 * Responds to each request (which ends with an empty line) with the given bytes, and closes the connection if `close`
 * is set.
 */
export function rawAnswer(t: TestContext, answer: string, { close = false } = {}): Promise<LocalServer> {
  return rawServer(t, (socket) => {
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (!received.endsWith('\r\n\r\n')) return;
      received = '';
      if (close) socket.end(answer, 'latin1');
      else socket.write(answer, 'latin1');
    });
  });
}

export async function listen(t: TestContext, server: net.Server, host: string): Promise<LocalServer> {
  const sockets = new Set<net.Socket>();
  let connections = 0;
  let peak = 0;
  server.on('connection', (socket: net.Socket) => {
    connections++;
    sockets.add(socket);
    peak = Math.max(peak, sockets.size);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    get peak() {
      return peak;
    },
  };
}

/** A loopback port on which nothing listens. */
export async function deadPort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export function runOptions(changes: Partial<RunOptions> = {}): RunOptions {
  return {
    hostConcurrency: 10,
    hostIntervalMs: 0,
    timeoutMs: 20_000,
    connectTimeoutMs: 10_000,
    retries: 2,
    maxRedirects: 10,
    maxBodyBytes: 10_000_000,
    method: 'GET',
    headers: [],
    userAgent: 'trawl-test/1',
    accept: [[200, 299]],
    privateAddresses: 'allow',
    insecure: false,
    auth: [],
    mapTimeoutMs: 10_000,
    ...LIST_ONLY,
    ...changes,
  };
}

type Get = (url: string, changes?: Partial<RunOptions>, rest?: Partial<FetchRequest> & { signal?: AbortSignal }) => Promise<FetchResult>;

/** The fetch function of a fetcher that is closed at the end of the test. */
export function fetcherFor(t: TestContext, options: FetcherOptions = {}): Get {
  const fetcher = createFetcher(options);
  t.after(() => fetcher.close());
  const never = new AbortController().signal;
  return (url, changes, { signal = never, ...rest } = {}) =>
    fetcher.fetch({ url, method: 'GET', options: runOptions(changes), ...rest }, signal);
}

export function response(result: FetchResult): FetchedResponse {
  if (result.kind !== 'response') throw new Error(`not a response: ${JSON.stringify(result)}`);
  return result;
}

export function failure(result: FetchResult): FetchFailure {
  if (result.kind !== 'failure') throw new Error(`not a failure: ${JSON.stringify(result)}`);
  return result;
}
