import type { Context, Span, SpanContext } from '@opentelemetry/api';
import { type LeftEntry, type LogStep, MEASURES } from '../model/measures.ts';
import type { OpenSpan, SpanSpec, TracedVisit, Tracer, TracerSettings } from '../model/tracing.ts';
import { maskUrls } from '../model/url/without-credentials.ts';
import { verdictClass } from '../model/verdict.ts';
import { VERSION } from '../options/product.ts';
import { definedAttributes } from './attributes.ts';
import { type EndedFetch, isFailed, makeFetchSpan } from './fetch-span.ts';
import { jobTelemetry } from './job-telemetry.ts';
import { otel } from './opentelemetry.ts';

/** A visit in progress that is traced. It fetches one entry at a time. */
interface OpenVisit {
  /** The context in which the spans of its fetches begin. */
  context: Context;
  fetchBeganMs: number | undefined;
  /** The fetch of the entry that has not left yet. */
  fetch: EndedFetch | undefined;
  /** How many entries left it, by their ending. */
  readonly endings: Record<string, number>;
}

/** Makes spans with OpenTelemetry's global tracer provider. */
export class OtelTracer implements Tracer {
  readonly settings: TracerSettings;
  readonly jobs = jobTelemetry(VERSION);
  readonly #spans = otel.trace.getTracer('trawl', VERSION);
  /** The key under which the context of a visit contains its `OpenVisit`. */
  readonly #visitKey = otel.createContextKey('trawl visit');
  readonly #subscriptions: ReadonlyArray<() => void>;

  constructor(settings: TracerSettings) {
    this.settings = settings;
    this.#subscriptions = [
      MEASURES.fetchBegan.subscribe(() => this.#fetchBegan()),
      MEASURES.fetchEnded.subscribe((result) => this.#fetchEnded(result)),
      MEASURES.left.subscribe((left) => this.#entryLeft(left)),
      MEASURES.log.subscribe(({ step }) => this.#logStep(step)),
    ];
  }

  close(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe();
  }

  async span<T>({ name, kind = 'internal', parent, attributes }: SpanSpec, work: (span: OpenSpan) => Promise<T>): Promise<T> {
    const context = parent === undefined ? otel.context.active() : contextOf(parent);
    const spanKind = kind === 'producer' ? otel.SpanKind.PRODUCER : otel.SpanKind.INTERNAL;
    const span = this.#spans.startSpan(name, { kind: spanKind, attributes: definedAttributes(attributes) }, context);
    const open: OpenSpan = { set: (more) => void span.setAttributes(definedAttributes(more)) };
    return finishing(span, () => otel.context.with(otel.trace.setSpan(context, span), () => work(open)));
  }

  async visit({ run, options, ticket }: TracedVisit, worker: string, work: () => Promise<void>): Promise<void> {
    const parent = visitParent(options.traceparent, ticket);
    const attributes = definedAttributes({ 'trawl.run.id': run, 'trawl.worker': worker, 'trawl.ticket': ticket });
    const span = this.#spans.startSpan('visit', { attributes }, parent);
    const context = otel.trace.setSpan(parent, span);
    // A visit that is not sampled needs no records.
    if (!span.isRecording()) return otel.context.with(context, work);
    const visit: OpenVisit = { context, fetchBeganMs: undefined, fetch: undefined, endings: {} };
    const end = () => {
      const urls = Object.values(visit.endings).reduce((sum, count) => sum + count, 0);
      span.setAttributes({ 'trawl.urls': urls, ...visit.endings });
      span.end();
    };
    try {
      await otel.context.with(context.setValue(this.#visitKey, visit), work);
    } catch (error) {
      markFailed(span, error);
      end();
      throw error;
    }
    // The span of a visit that found nothing to do is not ended, so it is never sent.
    if (Object.keys(visit.endings).length > 0) end();
  }

  within<T>(traceparent: string | undefined, work: () => Promise<T>): Promise<T> {
    return otel.context.with(traceparent === undefined ? otel.ROOT_CONTEXT : contextOf(traceparent), work);
  }

  traceparent(): string | undefined {
    const carrier: { traceparent?: string } = {};
    otel.propagation.inject(otel.context.active(), carrier);
    return carrier.traceparent;
  }

  nameRun(run: string, traceparent: string | undefined): void {
    const span = otel.trace.getActiveSpan();
    if (span === undefined) return;
    span.setAttribute('trawl.run.id', run);
    const began = traceparent === undefined ? undefined : spanContextOf(traceparent);
    if (began !== undefined && began.traceId !== span.spanContext().traceId) span.addLink({ context: began });
  }

  get #visit(): OpenVisit | undefined {
    return otel.context.active().getValue(this.#visitKey) as OpenVisit | undefined;
  }

  #fetchBegan(): void {
    const visit = this.#visit;
    if (visit !== undefined) visit.fetchBeganMs = performance.now();
  }

  #fetchEnded(result: EndedFetch['result']): void {
    const visit = this.#visit;
    if (visit?.fetchBeganMs === undefined) return;
    const tookMs = performance.now() - visit.fetchBeganMs;
    visit.fetch = { startedAtMs: Date.now() - tookMs, tookMs, result };
    visit.fetchBeganMs = undefined;
  }

  #entryLeft(left: LeftEntry): void {
    const visit = this.#visit;
    if (visit === undefined) return;
    const name = `trawl.urls.${left.verdict === undefined ? left.kind : verdictClass(left.verdict)}`;
    visit.endings[name] = (visit.endings[name] ?? 0) + 1;
    const { fetch } = visit;
    visit.fetch = undefined;
    const { fetches } = this.settings;
    if (fetch === undefined || fetches === 'none' || (fetches === 'failed' && !isFailed(left, fetch))) return;
    makeFetchSpan(this.#spans, left, fetch, visit.context);
  }

  #logStep(step: LogStep): void {
    const context = otel.context.active();
    if (step.kind !== 'saved' || otel.trace.getSpan(context) === undefined) return;
    const attributes = { 'trawl.rows': step.rows, 'trawl.bytes': step.bytes };
    this.#spans.startSpan('checkpoint', { startTime: Date.now() - step.tookMs, attributes }, context).end();
  }
}

/**
 * The parent of a visit's span: the span of its job if that is part of the run's trace, or else the span that began the
 * run. The job of another trace was queued by a process that does not trace; and an engine without tickets begins visits
 * wherever a fetch has just ended, in any span.
 */
function visitParent(traceparent: string | undefined, ticket: number | undefined): Context {
  const job = ticket === undefined ? otel.ROOT_CONTEXT : otel.context.active();
  const run = traceparent === undefined ? undefined : spanContextOf(traceparent);
  if (run === undefined || otel.trace.getSpanContext(job)?.traceId === run.traceId) return job;
  return otel.trace.setSpanContext(otel.ROOT_CONTEXT, run);
}

/** Ends the span with the work. */
async function finishing<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

function markFailed(span: Span, error: unknown): void {
  span.setStatus({ code: otel.SpanStatusCode.ERROR, message: maskUrls(error instanceof Error ? error.message : String(error)) });
}

function contextOf(traceparent: string): Context {
  return otel.propagation.extract(otel.ROOT_CONTEXT, { traceparent });
}

/** Undefined if it is not a valid `traceparent`. */
function spanContextOf(traceparent: string): SpanContext | undefined {
  return otel.trace.getSpanContext(contextOf(traceparent));
}
