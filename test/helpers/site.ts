import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { demoSite } from '../../scripts/demo-site.ts';

/** One request as it came in. */
export interface Hit {
  /** The request's target with its query, such as `/delay/2?n=1`. */
  path: string;
  /** The `Host` header. */
  host: string;
  /** Milliseconds on `performance.now()`. */
  startedAtMs: number;
  /** The connection's number, from 1 in the order of their opening. */
  connection: number;
  /** The query's `n`, where it has one: what tells apart requests for the same page. */
  nonce?: string;
}

/** A real HTTP server on 127.0.0.1 that remembers every request. */
export interface Site {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  origin: string;
  port: number;
  hits: Hit[];
  /** Requests by target, query included. */
  countOf(path: string): number;
  /** Requests that are being answered now, and the most there ever were at once. */
  inProgress: number;
  maxInProgress: number;
  /** Connections opened so far. */
  connections: number;
  /** Cuts every connection and stops listening. May be repeated. */
  close(): Promise<void>;
}

export interface SiteOptions {
  /** Without one, the routes of scripts/demo-site.ts. */
  handler?: RequestListener;
  /** Without one, a free port. */
  port?: number;
  /** 127.0.0.1 without it; another address of 127.0.0.0/8 makes another origin. */
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
