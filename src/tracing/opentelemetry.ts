import {
  context,
  createContextKey,
  DiagLogLevel,
  diag,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { BullMQOtel } from 'bullmq-otel';

/**
 * The parts of OpenTelemetry that Trawl uses. In the package they are one file, without the parts that it does not use
 * (docs/decisions/0053).
 */
export const otel = {
  AsyncLocalStorageContextManager,
  BasicTracerProvider,
  BatchSpanProcessor,
  BullMQOtel,
  context,
  createContextKey,
  DiagLogLevel,
  defaultResource,
  diag,
  /** What `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` say. */
  resourceOfVariables: (): Resource => detectResources({ detectors: [envDetector] }),
  JsonExporter,
  ProtobufExporter,
  propagation,
  ROOT_CONTEXT,
  resourceFromAttributes,
  SpanKind,
  SpanStatusCode,
  setGlobalErrorHandler,
  trace,
  W3CTraceContextPropagator,
};
