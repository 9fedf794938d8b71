import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../../src/engine/engine.ts';
import { openRedisEngine } from '../../src/engine/redis/redis-engine.ts';
import { silentLog } from '../../src/model/log.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { startServer } from '../../src/serve/server.ts';
import { testRedis } from '../helpers/redis-server.ts';

export const TOKEN = 'a-token-for-tests-0123456789';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The parsed body of an answer in JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it at will
  json(): any;
}

export interface TestServer {
  origin: string;
  engine: Engine;
  dataDir: string;
  send(method: string, path: string, options?: { headers?: Record<string, string>; body?: unknown }): Promise<Answer>;
}

/** Starts a server with its own prefix on the shared Redis, or on the one at `redisUrl`. */
export async function startTestServer(
  t: TestContext,
  options: { token?: string; allowPrivate?: boolean; allowHosts?: string[]; redisUrl?: string; headersMs?: number } = {},
): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trawl-serve-'));
  const url = options.redisUrl ?? (await testRedis());
  const engine = await openRedisEngine({ url, prefix: `serve-${randomUUID()}`, patience: 'always' }, silentLog);
  const stop = new AbortController();
  const { token, allowPrivate = false, allowHosts = [] } = options;
  const server = await startServer(
    {
      options: { listen: { host: '127.0.0.1', port: 0 }, ...(token !== undefined && { token }), allowPrivate, allowHosts },
      dataDir,
      engine: () => engine,
      log: silentLog,
      ...(options.headersMs !== undefined && { headersMs: options.headersMs }),
    },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await server.ended;
    await engine.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  return { origin: server.origin, engine, dataDir, send: (method, path, more) => send(server.origin + path, method, more) };
}

/** Starts a worker that settles every entry after a moment, without a request. It ends with the test. */
export function fetchSlowly(
  t: TestContext,
  engine: Engine,
  { name = 'worker-1', reason = '', isFailure = false }: { name?: string; reason?: string; isFailure?: boolean } = {},
): void {
  const stop = new AbortController();
  const work = engine.work(
    async (visit) => {
      for (let entry = await visit.next(); entry !== undefined; entry = await visit.next()) {
        await sleep(30, undefined, { signal: visit.signal }).catch(() => {});
        const outcome: Outcome = {
          schema: 1,
          run: visit.run,
          url: entry.url,
          method: 'GET',
          verdict: isFailure ? 'reset' : 'ok',
          ok: !isFailure,
          ...(isFailure && { error: { code: 'X', message: reason } }),
          latencyMs: 30,
          attempts: 1,
          depth: entry.depth,
          finishedAt: new Date().toISOString(),
          worker: name,
        };
        visit.settle(entry, { kind: 'outcome', outcome });
      }
    },
    { concurrency: 4, drainMs: 0, worker: name },
    stop.signal,
  );
  t.after(async () => {
    stop.abort();
    await work;
  });
}

/** Sends a request with `node:http`, which accepts any Host header. The body is sent as JSON unless a header says otherwise. */
async function send(
  url: string,
  method: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answer> {
  const type: Record<string, string> = method === 'GET' ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { ...type, ...headers } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('error', reject);
      response.on('end', () => {
        sent.destroy();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) });
      });
    });
    sent.on('error', reject);
    // A request that announces a body but sends none must send its headers, to get the answer.
    if (headers['content-length'] !== undefined) sent.flushHeaders();
    else sent.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
  });
}
