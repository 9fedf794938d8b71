import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A site that remembers every request, and gives each a number that comes back in the outcome's content type. */
export interface Target {
  origin: string;
  /** The numbers of the requests for a path, in their order. */
  hits: ReadonlyMap<string, readonly number[]>;
  /** Requests so far. */
  count: number;
  close(): Promise<void>;
}

/** Pages of a few packets, so that a worker can die in the middle of one. */
const BODY = 'x'.repeat(2_000);
const SECOND_HALF_AFTER_MS = 3;

export async function startTarget(): Promise<Target> {
  const hits = new Map<string, number[]>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const nonce = ++target.count;
    const known = hits.get(path);
    if (known === undefined) hits.set(path, [nonce]);
    else known.push(nonce);
    response.writeHead(200, { 'content-type': `text/plain; nonce=${nonce}` });
    if (nonce % 10 !== 0) {
      response.end(BODY);
      return;
    }
    response.write(BODY);
    setTimeout(() => response.end(BODY), SECOND_HALF_AFTER_MS);
  });
  server.keepAliveTimeout = 60_000;
  const target: Target = {
    origin: '',
    hits,
    count: 0,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  target.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return target;
}
