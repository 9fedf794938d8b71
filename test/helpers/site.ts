import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { demoSite } from '../../scripts/demo-site.ts';

/** One request that the site received. */
export interface Hit {
  /** The request's target with its query, such as `/delay/2?n=1`. */
  path: string;
  /** The `Host` header. */
  host: string;
  /** Milliseconds on `performance.now()`. */
  startedAtMs: number;
  /** The number of the connection. The first one is 1. */
  connection: number;
  /** The parameter `n` of the query, if present. It distinguishes requests for the same page. */
  nonce?: string;
}

/** A real HTTP server on 127.0.0.1 that records every request. */
export interface Site {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  origin: string;
  port: number;
  hits: Hit[];
  /** The number of requests for this target, including its query. */
  countOf(path: string): number;
  /** The number of requests that are being answered now, and below it the maximum so far. */
  inProgress: number;
  maxInProgress: number;
  /** The number of connections opened so far. */
  connections: number;
  /** Closes every connection and stops listening. May be called again. */
  close(): Promise<void>;
}

export interface SiteOptions {
  /** Default: the routes of scripts/demo-site.ts. */
  handler?: RequestListener;
  /** Default: a free port. */
  port?: number;
  /** Default: 127.0.0.1. Another address of 127.0.0.0/8 makes another origin. */
  host?: string;
}

/** Starts a site and resolves when it listens. A function is short for `{ handler }`. */
export async function startSite(options: SiteOptions | RequestListener = {}): Promise<Site> {
  const { handler = demoSite(), port = 0, host = '127.0.0.1' } = typeof options === 'function' ? { handler: options } : options;
  const counts = new Map<string, number>();
  const numbers = new WeakMap<object, number>();

  const server = createServer((request, response) => {
    const hit = hitOf(request, numbers.get(request.socket) ?? 0);
    site.hits.push(hit);
    counts.set(hit.path, (counts.get(hit.path) ?? 0) + 1);
    site.inProgress += 1;
    site.maxInProgress = Math.max(site.maxInProgress, site.inProgress);
    response.once('close', () => {
      site.inProgress -= 1;
    });
    handler(request, response);
  });
  server.on('connection', (socket) => {
    site.connections += 1;
    numbers.set(socket, site.connections);
  });

  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the site has no port');

  const site: Site = {
    origin: `http://${host}:${address.port}`,
    port: address.port,
    hits: [],
    countOf: (path) => counts.get(path) ?? 0,
    inProgress: 0,
    maxInProgress: 0,
    connections: 0,
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return site;
}

function hitOf(request: IncomingMessage, connection: number): Hit {
  const path = request.url ?? '/';
  const nonce = new URLSearchParams(path.split('?')[1]).get('n');
  const hit = { path, host: request.headers.host ?? '', startedAtMs: performance.now(), connection };
  return nonce === null ? hit : { ...hit, nonce };
}
