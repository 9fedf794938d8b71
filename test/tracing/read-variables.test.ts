import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTracingVariables } from '../../src/tracing/read-variables.ts';

const BATCHING = { maxQueueSize: 8_192, maxExportBatchSize: 512, scheduledDelayMillis: 5_000, exportTimeoutMillis: 30_000 };
const ON = {
  kind: 'on',
  format: 'protobuf',
  receiver: 'http://localhost:4318/v1/traces',
  batching: BATCHING,
  flushMs: 2_000,
  ignored: [],
};

const CASES: ReadonlyArray<readonly [variables: Record<string, string>, setup: unknown]> = [
  [{}, { kind: 'off' }],
  [{ OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on' }, { kind: 'off' }],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, { kind: 'off' }],
  [{ OTEL_TRACES_EXPORTER: 'otlp' }, ON],
  [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_SDK_DISABLED: 'TRUE' }, { kind: 'off' }],
  [{ OTEL_TRACES_EXPORTER: 'otlp', OTEL_SDK_DISABLED: 'false' }, ON],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x:4318', OTEL_TRACES_EXPORTER: 'none' }, { kind: 'off' }],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x:4318/' }, { ...ON, receiver: 'http://x:4318/v1/traces' }],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://x/base' }, { ...ON, receiver: 'https://x/base/v1/traces' }],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://me:secret@y/as-it-is' },
    { ...ON, receiver: 'https://y/as-it-is' },
  ],
  [
    { OTEL_TRACES_EXPORTER: 'console, otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
    { ...ON, format: 'json' },
  ],
  [
    { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' },
    { ...ON, format: 'json' },
  ],
  [
    { OTEL_TRACES_EXPORTER: 'otlp', OTEL_BSP_MAX_QUEUE_SIZE: '100', OTEL_BSP_EXPORT_TIMEOUT: '5000' },
    { ...ON, batching: { ...BATCHING, maxQueueSize: 100, maxExportBatchSize: 100, exportTimeoutMillis: 5_000 }, flushMs: 5_000 },
  ],
  [
    {
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_BSP_MAX_QUEUE_SIZE: '-1',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '0',
      OTEL_BSP_SCHEDULE_DELAY: 'soon',
      OTEL_BSP_EXPORT_TIMEOUT: '99999999999',
    },
    {
      ...ON,
      ignored: ['OTEL_BSP_MAX_QUEUE_SIZE', 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 'OTEL_BSP_SCHEDULE_DELAY', 'OTEL_BSP_EXPORT_TIMEOUT'],
    },
  ],
];

test('the variables of OpenTelemetry turn tracing on and off', () => {
  for (const [variables, setup] of CASES) assert.deepEqual(readTracingVariables(variables), setup, JSON.stringify(variables));
});

const UNUSABLE: ReadonlyArray<readonly [variables: Record<string, string>, reason: RegExp]> = [
  [{ OTEL_TRACES_EXPORTER: 'zipkin' }, /^OTEL_TRACES_EXPORTER=zipkin is not supported: set it to otlp, or to none$/],
  [
    { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    /^OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not supported: .* usually 4318$/,
  ],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, /^OTEL_EXPORTER_OTLP_ENDPOINT must be a URL that begins with http/],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://' }, /^OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be a URL/],
];

test('what cannot be used says which variable to change', () => {
  for (const [variables, reason] of UNUSABLE) {
    const setup = readTracingVariables(variables);
    assert.match(setup.kind === 'unusable' ? setup.reason : setup.kind, reason);
  }
});
