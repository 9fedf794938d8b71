import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A site that records every request, and numbers it in the outcome's content type. */
export interface Target {
  /** One per port that it listens on. Each is an origin of its own. */
  origins: readonly string[];
  /** The numbers of the requests for a path, in order. Only the number for a path requested once, to save memory. */
  hits: ReadonlyMap<string, number | readonly number[]>;
  /** Requests so far. */
  count: number;
  /** Requests after this number are answered slowly, so that the run does not end while something else is still in progress. */
  fastUntil: number;
  /** How long a slow answer takes. */
  slowMs: number;
  close(): Promise<void>;
}

/** Pages of a few packets, so that a worker can die halfway through one. */
const BODY = 'x'.repeat(2_000);
const SECOND_HALF_AFTER_MS = 3;
const SLOW_MS = 50;

export async function startTarget(ports: number): Promise<Target> {
  const hits = new Map<string, number | number[]>();
  const remember = (path: string, nonce: number) => {
    const known = hits.get(path);
    if (known === undefined) hits.set(path, nonce);
    else if (typeof known === 'number') hits.set(path, [known, nonce]);
    else known.push(nonce);
  };
  const servers = Array.from({ length: ports }, () =>
    createServer(async (request, response) => {
      const nonce = ++target.count;
      remember(request.url ?? '', nonce);
      if (nonce > target.fastUntil) await sleep(target.slowMs);
      response.writeHead(200, { 'content-type': `text/plain; nonce=${nonce}` });
      if (nonce % 10 !== 0) {
        response.end(BODY);
        return;
      }
      response.write(BODY);
      setTimeout(() => response.end(BODY), SECOND_HALF_AFTER_MS);
    }),
  );
  const origins: string[] = [];
  const target: Target = {
    origins,
    hits,
    count: 0,
    fastUntil: Number.POSITIVE_INFINITY,
    slowMs: SLOW_MS,
    async close() {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => once(server.close(), 'close')));
    },
  };
  for (const server of servers) {
    server.keepAliveTimeout = 60_000;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origins.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
  return target;
}
