import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/model/log.ts';
import { MEASURES, type MeasuredFetch } from '../../src/model/measures.ts';
import { currentTracer, inSpan, withTraceparent } from '../../src/model/tracing.ts';
import { startTracing } from '../../src/tracing/start-tracing.ts';
import { type ReceivedSpan, startReceiver } from '../helpers/otlp-receiver.ts';

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

/** All that one process can show: OpenTelemetry is started once in a process. */
async function traceEverything(origin: string): Promise<void> {
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = origin;
  const wish = { kind: 'on', format: 'json', receiver: `${origin}/v1/traces` } as const;
  const { tracer, end } = startTracing(wish, 'me', { command: 'worker', fetches: 'failed' }, silentLog);
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
        report('https://127.0.0.1/other', { kind: 'response', status: 404 }, { kind: 'outcome', verdict: 'broken' });
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
  await end();
  assert.equal(currentTracer(), undefined);
  assert.equal(MEASURES.left.isWanted, false);
  assert.deepEqual(withTraceparent({ a: 1 }), { a: 1 });
}

test('spans say what happened, in their trace, and nothing secret', async (t) => {
  const receiver = await startReceiver();
  t.after(() => receiver.close());
  await traceEverything(receiver.origin);
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
    [other?.spanId, true, 'https://127.0.0.1/other', '404', 443, 1],
  ]);
  for (const { body } of receiver.requests) assert.doesNotMatch(body.toString(), /hunter2/);
});
