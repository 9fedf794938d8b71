import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Engine } from '../engine/engine.ts';
import { UsageError } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import type { ServeOptions } from '../options/load-config.ts';
import { type Clock, systemClock } from '../util/clock.ts';
import { createApp } from './app.ts';
import { Snapshots } from './snapshots.ts';

/** Browsers open six each, and viewers are limited besides. */
const MOST_CONNECTIONS = 512;
const HEADERS_MS = 10_000;
/** For a list of the greatest length over a slow line. */
const REQUEST_MS = 120_000;
const MOST_HEADER_BYTES = 16_384;
/** After the stop, answers under way have this long. */
const DRAIN_MS = 2_000;

interface ServerContext {
  options: Readonly<ServeOptions>;
  dataDir: string;
  /** Undefined until Redis was reached for the first time. */
  engine: () => Engine | undefined;
  rssBytes: () => number;
  log: Log;
  clock?: Clock;
}

/** A server that listens. */
interface RunningServer {
  /** With the port that it got. */
  origin: string;
  /** Resolves when it has ended, after the signal. */
  ended: Promise<void>;
}

/** Listens until `signal` aborts. Rejects with UsageError if the address cannot be used. */
export async function startServer(context: ServerContext, signal: AbortSignal): Promise<RunningServer> {
  const { options, engine, clock = systemClock } = context;
  const { host, port } = options.listen;
  const app = createApp({
    ...context,
    ...(options.token !== undefined && { token: options.token }),
    snapshots: new Snapshots(engine, clock),
    hosts: [host, ...options.allowHosts],
    allowPrivate: options.allowPrivate,
    stop: signal,
  });
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: { headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS, maxHeaderSize: MOST_HEADER_BYTES },
  }) as Server;
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`cannot listen on ${host}:${port}: ${error.message}`, { cause: error });
  });
  const { address, family, port: taken } = server.address() as AddressInfo;
  return { origin: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`, ended: ended(server, signal) };
}

async function ended(server: Server, signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const drain = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(drain);
}
