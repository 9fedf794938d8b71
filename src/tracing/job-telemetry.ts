import type { Context } from '@opentelemetry/api';
import type { BullMQOTelSpan } from 'bullmq-otel';
import { otel } from './opentelemetry.ts';

type JobSpan = Omit<BullMQOTelSpan, 'span'>;

/** Takes the place of spans that are not made. */
const NO_SPAN: JobSpan = {
  setSpanOnContext: (context) => context,
  setAttribute() {},
  setAttributes() {},
  addEvent() {},
  recordException() {},
  end() {},
};

/**
 * The option `telemetry` of BullMQ, by bullmq-otel: a span when a job is added, and one while it is processed.
 *
 * BullMQ also asks for spans of its housekeeping: fetching jobs, completing them, renewing locks. There are several for
 * each job and some for each second, and they say nothing about a run, so none are made.
 */
export function jobTelemetry(version: string): object {
  const { tracer, contextManager } = new otel.BullMQOtel({ tracerName: 'bullmq', version });
  const startSpan = (name: string, options: { kind: number }, context?: Context): JobSpan => {
    if (options.kind === otel.SpanKind.PRODUCER) return tracer.startSpan(name, options, context);
    // A job that brings no context was added by a program that does not trace.
    if (options.kind === otel.SpanKind.CONSUMER) return tracer.startSpan(name, options, context ?? otel.ROOT_CONTEXT);
    return NO_SPAN;
  };
  // `root` keeps BullMQ's endless loops out of the span in which they happen to begin.
  return { tracer: { startSpan }, contextManager: Object.assign(contextManager, { root: () => otel.ROOT_CONTEXT }) };
}
