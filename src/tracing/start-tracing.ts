import type { DiagLogger } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Log } from '../model/log.ts';
import { setTracer, type Tracer, type TracerSettings } from '../model/tracing.ts';
import { maskUrls } from '../model/url/without-credentials.ts';
import { VERSION } from '../options/product.ts';
import { within } from '../util/async.ts';
import { Conditions } from '../util/conditions.ts';
import { otel } from './opentelemetry.ts';
import { OtelTracer } from './otel-tracer.ts';
import type { TracingSetup } from './read-variables.ts';
import { Receiver } from './receiver.ts';

export interface Tracing {
  tracer: Tracer;
  /** Sends the spans that have ended, and stops tracing. Takes at most two seconds to connect, and `flushMs`. */
  end(): Promise<void>;
}

/**
 * Starts tracing in this process, once. The variables `OTEL_*` of the process say which spans are kept and how they are
 * sent. A receiver that is away delays nothing and fails nothing: spans are dropped, and the log says so once.
 *
 * @param instance the name of the process
 */
export function startTracing(
  { format, receiver: url, batching, ignored }: TracingSetup & { kind: 'on' },
  instance: string,
  settings: TracerSettings,
  log: Log,
): Tracing {
  otel.diag.setLogger(complaintsTo(log), { logLevel: otel.DiagLogLevel.WARN, suppressOverrideMessage: true });
  // `reporting` logs failed exports.
  otel.setGlobalErrorHandler(() => {});
  for (const name of ignored) log.warn({ event: 'tracing-problem' }, `${name} is ignored: it must be a whole number above 0`);
  const receiver = new Receiver(url, log);
  const exporter = reporting(format === 'json' ? new otel.JsonExporter() : new otel.ProtobufExporter(), receiver);
  const provider = new otel.BasicTracerProvider({
    resource: resourceOf(instance, settings),
    spanProcessors: [new otel.BatchSpanProcessor(exporter, batching)],
  });
  otel.context.setGlobalContextManager(new otel.AsyncLocalStorageContextManager());
  otel.propagation.setGlobalPropagator(new otel.W3CTraceContextPropagator());
  otel.trace.setGlobalTracerProvider(provider);
  const tracer = new OtelTracer(settings);
  setTracer(tracer);
  return {
    tracer,
    async end() {
      setTracer(undefined);
      tracer.close();
      await receiver.looked;
      const sent = provider.shutdown();
      const { flushMs } = settings;
      // A short command ends before the exporter gives up on a receiver that is away.
      if (await within(receiver.isAway ? 0 : flushMs, sent)) return;
      if (!receiver.isAway) receiver.failed(new Error(`it did not accept the last spans within ${flushMs / 1_000} s`));
    },
  };
}

function resourceOf(instance: string, { command }: TracerSettings) {
  const own = otel.resourceFromAttributes({
    'service.name': 'trawl',
    'service.version': VERSION,
    'service.instance.id': instance,
    'trawl.command': command,
  });
  // The variables come last, so that they win.
  return otel.defaultResource().merge(own).merge(otel.resourceOfVariables());
}

/** Logs what OpenTelemetry complains about, such as a variable that it cannot read. A complaint with another number is not new. */
export function complaintsTo(log: Log): DiagLogger {
  const conditions = new Conditions();
  const warn = (...args: unknown[]) => {
    const message = args.flatMap(textOf).join(': ');
    const kind = message.replaceAll(/\d+/g, '0');
    if (conditions.isNews('logged', kind)) log.warn({ event: 'tracing-problem' }, `OpenTelemetry: ${maskUrls(message)}`);
  };
  return { error: warn, warn, info() {}, debug() {}, verbose() {} };
}

/** A complaint is a text, before which stands the name of a part, and behind which may stand an error or any other object. */
function textOf(part: unknown): string[] {
  if (part instanceof Error) return [part.message];
  return typeof part === 'string' ? [part] : [];
}

/** The exporter, which tells `receiver` how each export ended. */
function reporting(exporter: SpanExporter, receiver: Receiver): SpanExporter {
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error === undefined) receiver.succeeded();
        else receiver.failed(result.error);
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}
