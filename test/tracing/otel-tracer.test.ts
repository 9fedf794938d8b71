import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryEngine } from '../../src/engine/memory/memory-engine.ts';
import { silentLog } from '../../src/model/log.ts';
import { MEASURES, type MeasuredFetch } from '../../src/model/measures.ts';
import type { RunOptions } from '../../src/model/run-options.ts';
import { currentTracer, inSpan, withTraceparent } from '../../src/model/tracing.ts';
import { defaultRunOptions } from '../../src/options/load-config.ts';
import { textSource } from '../../src/producer/sources/text-source.ts';
import { startScheduledRun } from '../../src/producer/start-scheduled-run.ts';
import { readTracingVariables } from '../../src/tracing/read-variables.ts';
import { startTracing } from '../../src/tracing/start-tracing.ts';
import { type ReceivedSpan, startReceiver } from '../helpers/otlp-receiver.ts';
import { DEADLINE_MS } from '../helpers/until.ts';

const EARLIER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** Reports the fetch of an entry and how the entry left its visit, as a worker does. */
function report(
  url: string,
  result: MeasuredFetch,
  left: { kind: 'outcome' | 'retry' | 'moved'; verdict?: 'ok' | 'broken' | 'refused' },
): void {
  MEASURES.fetchBegan.report(undefined);
  MEASURES.fetchEnded.report(result);
  MEASURES.left.report({ url, method: 'GET', attempts: 1, depth: 0, ...left });
}

/** Starts the run of a schedule, and returns the options of the run. */
async function startScheduled(): Promise<RunOptions> {
  const engine = createMemoryEngine();
  const due = {
    schedule: 'nightly',
    job: '',
    dueMs: 0,
    by: 'time',
    begin: async () => true,
    abandon: async () => {},
    note: async () => {},
  } as const;
  const openSources = async () => [textSource('list', 'http://127.0.0.1/\n')];
  const signal = new AbortController().signal;
  await startScheduledRun(due, { options: defaultRunOptions(), sources: [] }, { engine, openSources, log: silentLog }, signal);
  const [run = ''] = await engine.runs();
  const options = await engine.options(run);
  await engine.close();
  return options;
}

/** All that one process can show: OpenTelemetry is started once in a process. */
async function traceEverything(origin: string): Promise<RunOptions> {
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = origin;
  const setup = readTracingVariables({ OTEL_EXPORTER_OTLP_ENDPOINT: origin, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' });
  assert.ok(setup.kind === 'on');
  const { tracer, end } = startTracing(setup, 'me', { command: 'worker', fetches: 'failed', flushMs: DEADLINE_MS }, silentLog);
  delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  assert.equal(currentTracer(), tracer);
  await inSpan({ name: 'root', attributes: {} }, async () => {
    tracer.nameRun('r', EARLIER);
    const { traceparent } = withTraceparent({});
    assert.match(traceparent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    const run = { run: 'r', options: traceparent === undefined ? {} : { traceparent } };
    await tracer.visit(run, 'me', async () => {
      const error = { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' };
      report('http://bob:hunter2@127.0.0.1/a?b=c', { kind: 'failure', error }, { kind: 'retry' });
      report('https://127.0.0.1/ok', { kind: 'response', status: 200 }, { kind: 'outcome', verdict: 'ok' });
      report('https://127.0.0.1/on', { kind: 'moved' }, { kind: 'moved' });
      // Fetches of other visits are not its own.
      await tracer.visit({ run: 'r', options: { traceparent: EARLIER }, ticket: 3 }, 'me', async () => {
        report(
          'https://127.0.0.1/other?X-Amz-Signature=hunter2&x=1&sig=hunter2',
          { kind: 'response', status: 404 },
          { kind: 'outcome', verdict: 'broken' },
        );
      });
      MEASURES.left.report({
        kind: 'outcome',
        verdict: 'broken',
        url: 'https://127.0.0.1/unfetched',
        method: 'GET',
        attempts: 0,
        depth: 0,
      });
    });
    await tracer.visit(run, 'idle', async () => {});
    const failure = tracer.visit(run, 'failing', () => Promise.reject(new Error('cannot open http://bob:hunter2@x/')));
    await assert.rejects(failure, /cannot open/);
  });
  const scheduled = await startScheduled();
  await end();
  assert.equal(currentTracer(), undefined);
  assert.equal(MEASURES.left.isWanted, false);
  assert.deepEqual(withTraceparent({ a: 1 }), { a: 1 });
  return scheduled;
}

test('spans say what happened, in their trace, and nothing secret', async (t) => {
  const receiver = await startReceiver();
  t.after(() => receiver.close());
  const { traceparent } = await traceEverything(receiver.origin);
  const named = (name: string): ReceivedSpan[] => receiver.spans.filter((span) => span.name === name);
  const [root] = named('root');
  assert.equal(root?.attributes['trawl.run.id'], 'r');
  assert.deepEqual(root?.links, ['0af7651916cd43dd8448eb211c80319c']);
  const visit = (worker: string, ticket?: number) =>
    named('visit').filter(({ attributes }) => attributes['trawl.worker'] === worker && attributes['trawl.ticket'] === ticket);
  const [own] = visit('me');
  assert.equal(own?.parentSpanId, root?.spanId);
  assert.deepEqual(own?.attributes, {
    'trawl.run.id': 'r',
    'trawl.worker': 'me',
    'trawl.urls': 4,
    'trawl.urls.retry': 1,
    'trawl.urls.ok': 1,
    'trawl.urls.moved': 1,
    'trawl.urls.failed': 1,
  });
  // Its job was in another trace than its run.
  const [other] = visit('me', 3);
  assert.deepEqual([other?.traceId, other?.parentSpanId], ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']);
  assert.deepEqual(visit('idle'), []);
  assert.deepEqual(
    visit('failing').map(({ failed }) => failed),
    [true],
  );
  const fetches = named('GET').map(({ parentSpanId, failed, attributes }) => [
    parentSpanId,
    failed,
    attributes['url.full'],
    attributes['error.type'],
    attributes['server.port'],
    attributes['http.request.resend_count'],
  ]);
  assert.deepEqual(fetches, [
    [own?.spanId, true, 'http://127.0.0.1/a?b=c', 'ECONNREFUSED', 80, 1],
    [other?.spanId, true, 'https://127.0.0.1/other?X-Amz-Signature=REDACTED&x=1&sig=REDACTED', '404', 443, 1],
  ]);
  const [started] = named('start scheduled run');
  assert.equal(started?.attributes['trawl.schedule'], 'nightly');
  assert.equal(traceparent, `00-${started?.traceId}-${started?.spanId}-01`);
  assert.deepEqual(
    named('submit batch').map(({ parentSpanId, kind }) => [parentSpanId, kind]),
    [[started?.spanId, 4]],
  );
  for (const { body } of receiver.requests) assert.doesNotMatch(body.toString(), /hunter2/);
});
