/**
 * The seam between Trawl and OpenTelemetry. The parts of Trawl describe their spans here; `src/tracing` makes them,
 * and is loaded only if tracing is on (docs/decisions/0053).
 */

export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanSpec {
  name: string;
  kind?: 'producer' | 'internal';
  /** The value of a `traceparent` header. Without it, the parent is the span in whose work this one begins. */
  parent?: string | undefined;
  attributes: SpanAttributes;
}

/** A span that has not ended. */
export interface OpenSpan {
  set(attributes: SpanAttributes): void;
}

/** The part of a visit that tracing reads. */
export interface TracedVisit {
  readonly run: string;
  readonly options: { readonly traceparent?: string };
  readonly ticket?: number;
}

export interface Tracer {
  /** Does the work in a span, which ends with the work. If the work rejects, the span is marked as failed. */
  span<T>(spec: SpanSpec, work: (span: OpenSpan) => Promise<T>): Promise<T>;
  /** Does the work of a visit in a span. Fetches that end meanwhile get spans of their own below it. */
  visit(visit: TracedVisit, worker: string, work: () => Promise<void>): Promise<void>;
  /** Does the work. Spans and jobs that it begins have this parent; without one, they begin a new trace. */
  within<T>(traceparent: string | undefined, work: () => Promise<T>): Promise<T>;
  /** The active span as the value of a `traceparent` header, or undefined if there is none. */
  traceparent(): string | undefined;
  /** Records in the active span which run it is about. If the run belongs to another trace, the span gets a link to it. */
  nameRun(run: string, traceparent: string | undefined): void;
  /** The option `telemetry` of BullMQ's queues and workers. */
  readonly jobs: object;
  /** What a child process needs to trace in the same way. */
  readonly settings: TracerSettings;
}

/** Which fetches get spans. `failed`: only those that did not succeed. */
export const TRACED_FETCHES = ['all', 'failed', 'none'] as const;

/** Settings that do not come from the variables `OTEL_*`. */
export interface TracerSettings {
  /** The command, as `trawl.command` in the resource. */
  command: string;
  fetches: (typeof TRACED_FETCHES)[number];
  /** How long the end of a process waits for its last spans to be sent. */
  flushMs: number;
}

let current: Tracer | undefined;

/** The tracer of this process; undefined if it does not trace. */
export function currentTracer(): Tracer | undefined {
  return current;
}

/** Call this before engines, workers and collectors are made. */
export function setTracer(tracer: Tracer | undefined): void {
  current = tracer;
}

/** Does the work, in a span if this process traces. */
export function inSpan<T>(spec: SpanSpec, work: (span?: OpenSpan) => Promise<T>): Promise<T> {
  return current === undefined ? work() : current.span(spec, work);
}

/** The options of a new run, with the active span as the parent of everything that is done for the run. */
export function withTraceparent<T extends object>(options: T): T & { traceparent?: string } {
  const traceparent = current?.traceparent();
  return traceparent === undefined ? options : { ...options, traceparent };
}
