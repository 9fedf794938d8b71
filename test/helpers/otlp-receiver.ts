import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

type Value = string | number | boolean;

/** A span as it arrived, with its attributes and those of its resource as plain values. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  /** 1 INTERNAL, 2 SERVER, 3 CLIENT, 4 PRODUCER, 5 CONSUMER. */
  kind: number;
  startMs: number;
  endMs: number;
  /** True if its status is ERROR. */
  failed: boolean;
  links: string[];
  attributes: Record<string, Value>;
  resource: Record<string, Value>;
}

interface WrittenSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status?: { code?: number };
  links?: Array<{ traceId: string }>;
  attributes: WrittenAttributes;
}

type WrittenAttributes = Array<{ key: string; value: Record<string, unknown> }>;

interface WrittenSpans {
  resourceSpans: Array<{ resource: { attributes: WrittenAttributes }; scopeSpans: Array<{ spans: WrittenSpan[] }> }>;
}

/** A receiver of OTLP over HTTP, which reads JSON and only keeps other bodies. */
export async function startReceiver(answer: () => number = () => 200) {
  const spans: ReceivedSpan[] = [];
  const requests: Array<{ url: string; headers: IncomingHttpHeaders; body: Buffer }> = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    requests.push({ url: request.url ?? '', headers: request.headers, body });
    const status = answer();
    if (status === 200 && request.headers['content-type'] === 'application/json') spans.push(...spansOf(JSON.parse(body.toString())));
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    spans,
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function spansOf({ resourceSpans }: WrittenSpans): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        name: span.name,
        kind: span.kind,
        startMs: Number(span.startTimeUnixNano) / 1e6,
        endMs: Number(span.endTimeUnixNano) / 1e6,
        failed: span.status?.code === 2,
        links: (span.links ?? []).map(({ traceId }) => traceId),
        attributes: plain(span.attributes),
        resource: plain(resource.attributes),
      })),
    ),
  );
}

function plain(attributes: WrittenAttributes): Record<string, Value> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [kind, written] = Object.entries(value)[0] ?? ['', ''];
      return [key, kind === 'intValue' || kind === 'doubleValue' ? Number(written) : (written as Value)];
    }),
  );
}
