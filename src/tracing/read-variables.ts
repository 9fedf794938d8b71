import { withoutCredentials } from '../model/url/without-credentials.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** What the variables `OTEL_*` ask for. `unusable`: they ask for traces that this program cannot make or send. */
export type TracingSetup =
  | { kind: 'off' }
  | { kind: 'unusable'; reason: string }
  /**
   * `receiver`: the URL that traces are sent to, without credentials. `flushMs`: see TracerSettings. `ignored`: variables
   * that are set to a value that cannot be used.
   */
  | { kind: 'on'; format: 'json' | 'protobuf'; receiver: string; batching: Batching; flushMs: number; ignored: string[] };

/** How ended spans wait to be sent: the options of OpenTelemetry's BatchSpanProcessor. */
export interface Batching {
  maxQueueSize: number;
  maxExportBatchSize: number;
  scheduledDelayMillis: number;
  exportTimeoutMillis: number;
}

const OFF: TracingSetup = { kind: 'off' };
/** OpenTelemetry's own default, 2,048, is half a second of a fast crawl. */
const MAX_QUEUED_SPANS = 8_192;
/** OpenTelemetry's own defaults. */
const MAX_BATCH_SPANS = 512;
const DELAY_MS = 5_000;
const EXPORT_MS = 30_000;
/** The longest time of a timer. */
const MAX_NUMBER = 2 ** 31 - 1;
/** OpenTelemetry's own default, 30 s, would let a receiver that hangs hold up each command. */
const FLUSH_MS = 2_000;

/**
 * Reads the standard variables of OpenTelemetry. An empty variable counts as absent, as the specification says. Tracing
 * is on if a receiver or the exporter is named; a name for the service alone does not ask for traces.
 */
export function readTracingVariables(variables: Variables): TracingSetup {
  const read = (name: string): string | undefined => variables[name]?.trim() || undefined;
  const exporters = read('OTEL_TRACES_EXPORTER')
    ?.split(',')
    .map((name) => name.trim());
  const own = read('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  const shared = read('OTEL_EXPORTER_OTLP_ENDPOINT');
  if (read('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || exporters?.includes('none')) return OFF;
  if (exporters === undefined && own === undefined && shared === undefined) return OFF;
  if (exporters !== undefined && !exporters.includes('otlp')) {
    return { kind: 'unusable', reason: `OTEL_TRACES_EXPORTER=${exporters.join(',')} is not supported: set it to otlp, or to none` };
  }
  const protocol = read('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ?? read('OTEL_EXPORTER_OTLP_PROTOCOL') ?? 'http/protobuf';
  if (protocol !== 'http/protobuf' && protocol !== 'http/json') {
    const remedy = 'set it to http/protobuf or http/json, and the endpoint to the HTTP port of the receiver, usually 4318';
    return { kind: 'unusable', reason: `OTEL_EXPORTER_OTLP_PROTOCOL=${protocol} is not supported: ${remedy}` };
  }
  const receiver = own ?? `${(shared ?? 'http://localhost:4318').replace(/\/$/, '')}/v1/traces`;
  if (!/^https?:/i.test(receiver) || !URL.canParse(receiver)) {
    const name = own === undefined ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
    return { kind: 'unusable', reason: `${name} must be a URL that begins with http:// or https://` };
  }
  const ignored = new Set<string>();
  // OpenTelemetry takes any number. With batches of no spans it would send for ever, and never end.
  const positive = (name: string, otherwise: number): number => {
    const text = read(name);
    if (text !== undefined && /^\d+$/.test(text) && Number(text) > 0 && Number(text) <= MAX_NUMBER) return Number(text);
    if (text !== undefined) ignored.add(name);
    return otherwise;
  };
  const maxQueueSize = positive('OTEL_BSP_MAX_QUEUE_SIZE', MAX_QUEUED_SPANS);
  return {
    kind: 'on',
    format: protocol === 'http/json' ? 'json' : 'protobuf',
    receiver: withoutCredentials(new URL(receiver).href),
    batching: {
      maxQueueSize,
      maxExportBatchSize: Math.min(maxQueueSize, positive('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', MAX_BATCH_SPANS)),
      scheduledDelayMillis: positive('OTEL_BSP_SCHEDULE_DELAY', DELAY_MS),
      exportTimeoutMillis: positive('OTEL_BSP_EXPORT_TIMEOUT', EXPORT_MS),
    },
    flushMs: positive('OTEL_BSP_EXPORT_TIMEOUT', FLUSH_MS),
    ignored: [...ignored],
  };
}
