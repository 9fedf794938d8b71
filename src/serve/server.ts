import { once } from 'node:events';
import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { Engine } from '../engine/engine.ts';
import { Metrics, serveMetrics } from '../metrics/metrics-server.ts';
import { UsageError } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import type { ServeOptions } from '../options/load-config.ts';
import { type Clock, systemClock } from '../util/clock.ts';
import { endServer, type ListenAddress, listenOn } from '../util/http-listener.ts';
import { createApp } from './app.ts';
import { Snapshots } from './snapshots.ts';
import { figuresOf } from './views.ts';

/** A browser opens up to six connections. The number of viewers has a limit of its own. */
const MAX_CONNECTIONS = 512;
/** A client has this long to send the head of a request. */
const HEADERS_MS = 10_000;
/** How often Node looks for connections that take too long. Its default is 30 s. */
const CHECK_MS = 2_000;
/** A client has this long to send a request: enough for the longest list over a slow connection. */
const REQUEST_MS = 120_000;
const MAX_HEADER_BYTES = 16_384;
/** After the stop, answers in progress have this long to finish. */
const DRAIN_MS = 2_000;

interface ServerContext {
  options: Readonly<ServeOptions>;
  dataDir: string;
  /** Returns undefined until Redis has been reached for the first time. */
  engine: () => Engine | undefined;
  /** A second address, where metrics are served without a token. */
  metricsAt?: ListenAddress;
  log: Log;
  clock?: Clock;
  /** Default: 10 s. */
  headersMs?: number;
}

/** A listening server. */
interface RunningServer {
  /** With the actual port. */
  origin: string;
  /** The origin of the second address for metrics, if there is one. */
  metricsOrigin?: string;
  /** Resolves when the server has ended, which it does after the signal. */
  ended: Promise<void>;
}

/** Listens until `signal` aborts. Rejects with UsageError if the address cannot be used. */
export async function startServer(context: ServerContext, signal: AbortSignal): Promise<RunningServer> {
  const { options, engine, metricsAt, clock = systemClock, headersMs = HEADERS_MS } = context;
  const { host, port } = options.listen;
  const snapshots = new Snapshots(engine, clock);
  const metrics = new Metrics({ command: 'serve', concurrency: 0 }, async () => figuresOf(await snapshots.complete()));
  const app = createApp({
    ...context,
    metrics,
    ...(options.token !== undefined && { token: options.token }),
    snapshots,
    hosts: [host, ...options.allowHosts],
    allowPrivate: options.allowPrivate,
    stop: signal,
  });
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      headersTimeout: headersMs,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: Math.min(CHECK_MS, headersMs),
      maxHeaderSize: MAX_HEADER_BYTES,
    },
  }) as Server;
  server.maxConnections = MAX_CONNECTIONS;
  const besides = metricsAt && (await serveMetrics(metrics, metricsAt));
  const close = async () => {
    await Promise.all([endServer(server, DRAIN_MS), besides?.close()]);
    metrics.close();
  };
  const origin = await listenOn(server, { host, port }).catch(async (error: Error) => {
    await besides?.close();
    throw new UsageError(error.message, { cause: error });
  });
  return { origin, ...(besides && { metricsOrigin: besides.origin }), ended: aborted(signal).then(close) };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
