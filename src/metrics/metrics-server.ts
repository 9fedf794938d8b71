import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Registry } from 'prom-client';
import { UsageError } from '../model/errors.ts';
import { MEASURES } from '../model/measures.ts';
import { endServer, type ListenAddress, listenOn } from '../util/http-listener.ts';
import { type DeploymentFigures, DeploymentMetrics } from './deployment-metrics.ts';
import { ChildMetrics, type WrittenMetrics } from './merged-metrics.ts';
import { ProcessMetrics, type ProcessMetricsOptions } from './process-metrics.ts';

const MAX_CONNECTIONS = 64;
const REQUEST_MS = 10_000;
const DRAIN_MS = 500;

/** All metrics of a command: its own, those of its child processes and, with `deployment`, those of all runs. */
export class Metrics {
  static readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #own: ProcessMetrics;
  readonly #children = new ChildMetrics();
  readonly #deployment: { metrics: DeploymentMetrics; read(): Promise<DeploymentFigures> } | undefined;
  readonly #unsubscribe: () => void;

  constructor(options: ProcessMetricsOptions, deployment?: () => Promise<DeploymentFigures>) {
    this.#own = new ProcessMetrics(options);
    this.#deployment = deployment && { metrics: new DeploymentMetrics(), read: deployment };
    this.#unsubscribe = MEASURES.child.subscribe(({ child, metrics }) => {
      if (metrics === undefined) this.#children.ended(child);
      else this.#children.take(child, metrics as unknown as WrittenMetrics);
    });
  }

  /** All metrics in the text format of Prometheus. */
  async text(): Promise<string> {
    const own = await this.#children.mergedWith(await this.#own.read());
    if (this.#deployment === undefined) return own;
    const { metrics, read } = this.#deployment;
    metrics.update(await read());
    return `${await metrics.registry.metrics()}\n${own}`;
  }

  close(): void {
    this.#unsubscribe();
    this.#own.close();
  }
}

/** A listening server. */
export interface MetricsServer {
  /** With the actual port. */
  origin: string;
  close(): Promise<void>;
}

/** Serves `/metrics` and `/healthz`. Rejects with UsageError if the address cannot be used. */
export async function serveMetrics(metrics: Pick<Metrics, 'text'>, { host, port }: ListenAddress): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    void answer(metrics, request, response);
  });
  server.maxConnections = MAX_CONNECTIONS;
  const origin = await listenOn(server, { host, port }).catch((error: Error) => {
    throw new UsageError(`--metrics-port: ${error.message}`, { cause: error });
  });
  return { origin, close: () => endServer(server, DRAIN_MS) };
}

async function answer(metrics: Pick<Metrics, 'text'>, { method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, text: string, type = 'text/plain; charset=utf-8') => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    response.end(method === 'HEAD' ? undefined : text);
  };
  const path = url.split('?', 1)[0];
  if (path !== '/metrics' && path !== '/healthz') return send(404, 'not found: there are only /metrics and /healthz\n');
  if (method !== 'GET' && method !== 'HEAD') return send(405, 'only GET and HEAD\n');
  if (path === '/healthz') return send(200, 'ok\n');
  try {
    send(200, await metrics.text(), Metrics.contentType);
  } catch (error) {
    send(500, `the metrics could not be read: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}
