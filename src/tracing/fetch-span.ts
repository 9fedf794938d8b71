import type { Attributes, Context, Tracer } from '@opentelemetry/api';
import type { LeftEntry, MeasuredFetch } from '../model/measures.ts';
import { portOf } from '../model/url/canonical-url.ts';
import { withoutCredentials } from '../model/url/without-credentials.ts';
import { VERDICT_CLASS } from '../model/verdict.ts';
import { definedAttributes } from './attributes.ts';
import { otel } from './opentelemetry.ts';

/** A fetch that has ended, and whose entry has not left the visit yet. */
export interface EndedFetch {
  startedAtMs: number;
  tookMs: number;
  result: MeasuredFetch;
}

/** True unless the fetch got what it was meant to get. A redirect that another visit follows is a success. */
export function isFailed({ kind, verdict }: LeftEntry, { result }: EndedFetch): boolean {
  if (kind === 'retry') return true;
  if (verdict !== undefined) return VERDICT_CLASS[verdict] !== 'ok';
  return result.kind === 'failure' || result.kind === 'aborted';
}

/** Makes the span of a fetch: kind CLIENT, named for its method, with the attributes of the semantic conventions for HTTP. */
export function makeFetchSpan(tracer: Tracer, left: LeftEntry, fetch: EndedFetch, context: Context): void {
  const { startedAtMs, tookMs } = fetch;
  const options = { kind: otel.SpanKind.CLIENT, startTime: startedAtMs, attributes: fetchAttributes(left, fetch) };
  const span = tracer.startSpan(left.method, options, context);
  if (isFailed(left, fetch)) {
    const message = fetch.result.error?.code ?? left.verdict;
    span.setStatus({ code: otel.SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
  }
  span.end(startedAtMs + tookMs);
}

function fetchAttributes(left: LeftEntry, fetch: EndedFetch): Attributes {
  const { result } = fetch;
  const url = new URL(left.url);
  const { dnsMs, connectMs, proxyMs, tlsMs, ttfbMs, downloadMs } = result.timings ?? {};
  return definedAttributes({
    'http.request.method': left.method,
    'url.full': withoutSecrets(left.url),
    'server.address': url.hostname,
    'server.port': portOf(url),
    'network.peer.address': result.remoteAddress,
    'network.protocol.version': result.httpVersion,
    'http.response.status_code': result.status,
    'http.response.body.size': result.wireBytes,
    'http.request.resend_count': left.attempts > 0 ? left.attempts : undefined,
    'error.type': isFailed(left, fetch) ? errorType(left, fetch) : undefined,
    'trawl.ending': left.kind,
    'trawl.verdict': left.verdict,
    'trawl.depth': left.depth,
    'trawl.redirects': result.redirects?.length,
    'trawl.phase.dns_ms': dnsMs,
    'trawl.phase.connect_ms': connectMs,
    'trawl.phase.proxy_ms': proxyMs,
    'trawl.phase.tls_ms': tlsMs,
    'trawl.phase.first_byte_ms': ttfbMs,
    'trawl.phase.body_ms': downloadMs,
  });
}

/** Parameters that give access to what the URL names. The semantic conventions ask to hide the first four. */
const SECRET_PARAMETER =
  /([?&](?:AWSAccessKeyId|Signature|sig|X-Goog-Signature|X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token)=)[^&#]*/gi;

/** The URL without credentials and without the values of such parameters. Receivers of traces are often somebody else's. */
function withoutSecrets(url: string): string {
  return withoutCredentials(url).replace(SECRET_PARAMETER, '$1REDACTED');
}

function errorType({ verdict }: LeftEntry, { result }: EndedFetch): string {
  return result.error?.code ?? (result.status === undefined ? (verdict ?? result.kind) : String(result.status));
}
