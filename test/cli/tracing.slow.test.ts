import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ReceivedSpan, startReceiver } from '../helpers/otlp-receiver.ts';
import { testRedis } from '../helpers/redis-server.ts';
import { startSite } from '../helpers/site.ts';
import { DEADLINE_MS, until } from '../helpers/until.ts';
import { type CliOptions, runCli, scratchFolder, startCli } from './run-cli.ts';

type Receiver = Awaited<ReturnType<typeof startReceiver>>;

async function receiverFor(t: TestContext, answer?: () => number): Promise<Receiver> {
  const receiver = await startReceiver(answer);
  t.after(() => receiver.close());
  return receiver;
}

/** On a busy machine the last spans may take longer than a command waits for them by default. */
const patiently = { OTEL_BSP_EXPORT_TIMEOUT: String(DEADLINE_MS), OTEL_EXPORTER_OTLP_TIMEOUT: String(DEADLINE_MS) };

const sendingTo = ({ origin }: Receiver) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: origin,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  ...patiently,
});

async function smallSite(t: TestContext) {
  const site = await startSite(({ url = '' }, response) => {
    if (url.startsWith('/gone')) response.writeHead(404).end('gone');
    else response.end('a page');
  });
  t.after(() => site.close());
  return site;
}

/** A command that runs until it is stopped or the test ends. */
function startService(t: TestContext, args: readonly string[], options: CliOptions) {
  const running = startCli(args, options);
  t.after(() => running.child.kill('SIGKILL'));
  return running;
}

const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);

function only(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const found = named(spans, name);
  assert.equal(found.length, 1, `spans named ${name}`);
  return found[0] as ReceivedSpan;
}

/** The names of a span and all its ancestors. */
function pathOf(span: ReceivedSpan, spans: readonly ReceivedSpan[]): string {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  if (parent === undefined) return span.parentSpanId === '' ? span.name : `? < ${span.name}`;
  return `${pathOf(parent, spans)} < ${span.name}`;
}

const pathsOf = (spans: readonly ReceivedSpan[], name: string) => [...new Set(named(spans, name).map((span) => pathOf(span, spans)))];

const sumOf = (spans: readonly ReceivedSpan[], attribute: string) =>
  spans.reduce((sum, { attributes }) => sum + Number(attributes[attribute] ?? 0), 0);

test('a crawl is one trace, below the span of the process that started it', async (t) => {
  const [receiver, site] = [await receiverFor(t), await smallSite(t)];
  const cwd = await scratchFolder(t);
  await writeFile(
    join(cwd, 'urls.txt'),
    `${site.origin}/a\n${site.origin}/b?q=1\n${site.origin}/gone\nhttp://bob:hunter2@127.0.0.1:${site.port}/c\n`,
  );
  // Variables in `.env` count too.
  await writeFile(join(cwd, '.env'), `OTEL_SERVICE_NAME=nightly\nOTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=test\n`);
  const env = {
    ...sendingTo(receiver),
    OTEL_EXPORTER_OTLP_HEADERS: 'x-key=for-the-receiver',
    TRACEPARENT: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
  const { code, stdout } = await runCli(['crawl', 'urls.txt', '-H', 'x-secret: sesame', '-f', 'ndjson'], { cwd, env });
  assert.equal(code, 2);
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { spans, requests } = receiver;
  for (const { traceId } of spans) assert.equal(traceId, '0af7651916cd43dd8448eb211c80319c');
  const root = only(spans, 'crawl');
  assert.equal(root.parentSpanId, 'b7ad6b7169203331');
  assert.deepEqual(root.attributes, { 'trawl.run.id': rows[0].run, 'process.exit.code': 2 });
  const { resource } = root;
  assert.deepEqual(
    [resource['service.name'], resource['trawl.command'], resource['deployment.environment.name']],
    ['nightly', 'crawl', 'test'],
  );
  assert.deepEqual(pathsOf(spans, 'submit batch'), ['? < crawl < submit batch']);
  assert.deepEqual(pathsOf(spans, 'GET'), ['? < crawl < visit < GET']);
  assert.deepEqual(pathsOf(spans, 'checkpoint'), ['? < crawl < collect < checkpoint']);
  const [gone] = named(spans, 'GET').filter(({ failed }) => failed);
  const {
    'trawl.phase.connect_ms': _,
    'trawl.phase.first_byte_ms': firstByteMs,
    'trawl.phase.body_ms': __,
    ...attributes
  } = gone?.attributes ?? {};
  assert.equal(typeof firstByteMs, 'number');
  assert.deepEqual(attributes, {
    'http.request.method': 'GET',
    'url.full': `${site.origin}/gone`,
    'server.address': '127.0.0.1',
    'server.port': site.port,
    'network.peer.address': '127.0.0.1',
    'http.response.status_code': 404,
    'http.response.body.size': 4,
    'error.type': '404',
    'trawl.ending': 'outcome',
    'trawl.verdict': 'broken',
    'trawl.depth': 0,
  });
  const fetched = rows.filter(({ attempts }) => attempts > 0);
  assert.equal(named(spans, 'GET').length, fetched.length);
  const visits = named(spans, 'visit');
  assert.equal(sumOf(visits, 'trawl.urls.failed') + sumOf(visits, 'trawl.urls.ok'), fetched.length);
  assert.equal(only(spans, 'collect').attributes['trawl.rows'], rows.length);
  for (const { headers, url, body } of requests) {
    assert.deepEqual([url, headers['x-key']], ['/v1/traces', 'for-the-receiver']);
    assert.doesNotMatch(body.toString(), /hunter2|sesame|for-the-receiver/);
  }
});

for (const processes of [1, 2]) {
  test(`a run on Redis is one trace over all commands, with workers of ${processes} processes`, async (t) => {
    const [receiver, site] = [await receiverFor(t), await smallSite(t)];
    const cwd = await scratchFolder(t);
    await writeFile(
      join(cwd, 'urls.txt'),
      Array.from({ length: 24 }, (_, n) => `${site.origin}/${n % 6 === 5 ? 'gone' : 'page'}?n=${n}\n`).join(''),
    );
    const env = { ...sendingTo(receiver), TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `test-${randomUUID()}` };
    const options: CliOptions = { cwd, env };
    const worker = startService(t, ['worker', '-c', '4', '--processes', String(processes), '--trace-fetches', 'failed'], options);
    const run = (await runCli(['enqueue', 'urls.txt', '--host-interval', '5ms'], options)).stdout.trim();
    const collected = await runCli(['collect', run], options);
    assert.equal(collected.code, 2);
    worker.child.kill('SIGTERM');
    assert.equal((await worker.result).code, 143);

    const spans = receiver.spans.filter(({ traceId }) => traceId === only(receiver.spans, 'enqueue').traceId);
    assert.equal(only(spans, 'enqueue').attributes['trawl.run.id'], run);
    assert.deepEqual(pathsOf(spans, 'submit batch'), ['enqueue < submit batch']);
    assert.deepEqual(pathsOf(spans, 'collect'), ['enqueue < collect']);
    // The batch is accepted on behalf of the producer. An interval causes many visits of the same tickets, none a child of another.
    assert.ok(pathsOf(spans, 'process urls').includes('enqueue < submit batch < add urls.stored < process urls'));
    const visits = named(spans, 'visit');
    assert.ok(visits.length >= 12, `${visits.length} visits`);
    const adds = new Set(['add visits.visit', 'addBulk visits']);
    for (const path of pathsOf(spans, 'visit')) {
      const [first, add = '', ...rest] = path.split(' < ');
      assert.deepEqual([first, adds.has(add), rest], ['enqueue', true, ['process visits', 'visit']], path);
    }
    assert.equal(sumOf(visits, 'trawl.urls'), 24);
    assert.equal(sumOf(visits, 'trawl.urls.failed'), 4);
    assert.deepEqual(
      named(spans, 'GET').map(({ attributes }) => attributes['http.response.status_code']),
      [404, 404, 404, 404],
    );
    const { attributes, resource } = visits[0] as ReceivedSpan;
    assert.equal(attributes['trawl.run.id'], run);
    assert.equal(attributes['trawl.worker'], resource['service.instance.id']);
    assert.equal(typeof attributes['trawl.ticket'], 'number');
    // BullMQ's housekeeping produces no spans.
    const names = new Set(receiver.spans.map(({ name }) => name));
    for (const name of names)
      assert.match(name, /^(enqueue|submit batch|(add|addBulk|process) (urls|visits)\b.*|visit|GET|collect|checkpoint)$/);
  });
}

test('fetches lent to other processes are in the trace of the crawl', async (t) => {
  const [receiver, site] = [await receiverFor(t), await smallSite(t)];
  const cwd = await scratchFolder(t);
  await writeFile(join(cwd, 'urls.txt'), Array.from({ length: 20 }, (_, n) => `${site.origin}/${n}\n`).join(''));
  const { code } = await runCli(['crawl', 'urls.txt', '-c', '4', '--host-concurrency', '4', '--processes', '2'], {
    cwd,
    env: sendingTo(receiver),
  });
  assert.equal(code, 0);
  const { spans } = receiver;
  assert.deepEqual(pathsOf(spans, 'GET'), ['crawl < visit < GET']);
  assert.equal(named(spans, 'GET').length, 20);
  const instances = new Set(named(spans, 'GET').map(({ resource }) => resource['service.instance.id']));
  assert.ok(!instances.has(only(spans, 'crawl').resource['service.instance.id'] as string));
});

test('a run that its producer did not sample is not sampled by any process', async (t) => {
  const [receiver, site] = [await receiverFor(t), await smallSite(t)];
  const cwd = await scratchFolder(t);
  const env = { ...sendingTo(receiver), TRAWL_REDIS_URL: await testRedis(), TRAWL_PREFIX: `test-${randomUUID()}` };
  const sampled = { ...env, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
  const worker = startService(t, ['worker'], { cwd, env });
  const { stdout } = await runCli(['enqueue', '-'], { cwd, env: sampled, input: `${site.origin}/a\n` });
  const run = stdout.trim();
  assert.equal((await runCli(['collect', run], { cwd, env })).code, 0);
  worker.child.kill('SIGTERM');
  await worker.result;
  assert.deepEqual(
    receiver.spans.filter(({ attributes }) => attributes['trawl.run.id'] === run),
    [],
  );
});

test('a resumed run links to the trace of its first part', async (t) => {
  const receiver = await receiverFor(t);
  let isHeld = true;
  const site = await startSite((_, response) => {
    if (!isHeld) response.end('a page');
  });
  t.after(() => site.close());
  const cwd = await scratchFolder(t);
  const env = sendingTo(receiver);
  const first = startService(t, ['crawl', `${site.origin}/a`, '--run', 'once', '--drain', '0s'], { cwd, env });
  await until(() => site.hits.length > 0, 'the first request');
  first.child.kill('SIGINT');
  assert.equal((await first.result).code, 130);
  isHeld = false;
  assert.equal((await runCli(['--continue', 'once'], { cwd, env })).code, 0);
  const [before, after] = named(receiver.spans, 'crawl');
  assert.notEqual(after?.traceId, before?.traceId);
  assert.deepEqual([before?.links, after?.links], [[], [before?.traceId]]);
  const fetched = named(receiver.spans, 'GET').map(({ traceId, failed }) => [traceId, failed]);
  assert.deepEqual(fetched, [
    [before?.traceId, true],
    [after?.traceId, false],
  ]);
});

test('protobuf is the default, and OTEL_SDK_DISABLED turns tracing off', async (t) => {
  const [receiver, site] = [await receiverFor(t), await smallSite(t)];
  const cwd = await scratchFolder(t);
  const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.origin}/own/path`, ...patiently };
  assert.equal((await runCli(['crawl', `${site.origin}/a`], { cwd, env: { ...env, OTEL_SDK_DISABLED: 'true' } })).code, 0);
  assert.equal(receiver.requests.length, 0);
  assert.equal((await runCli(['crawl', `${site.origin}/a`], { cwd, env })).code, 0);
  const [request] = receiver.requests;
  assert.deepEqual([request?.url, request?.headers['content-type']], ['/own/path', 'application/x-protobuf']);
  assert.ok(request?.body.includes(`${site.origin}/a`));
});

test('an unreachable receiver fails no run, and is logged once', async (t) => {
  const site = await smallSite(t);
  const cwd = await scratchFolder(t);
  const gone = await startReceiver();
  await gone.close();
  const silent = createServer(() => {});
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.after(() => silent.close());
  const refusing = await receiverFor(t, () => 403);
  const { port } = silent.address() as { port: number };
  const cases = [
    { endpoint: gone.origin, says: /traces cannot be sent to http:\/\/127\.0\.0\.1:\d+\/v1\/traces: connect ECONNREFUSED/g },
    { endpoint: refusing.origin, says: /traces cannot be sent to \S+: Forbidden/g },
    // The command waits briefly for its last spans, and then ends without them.
    {
      endpoint: `http://127.0.0.1:${port}`,
      flushMs: '1500',
      says: /traces cannot be sent to \S+: it did not accept the last spans within 1\.5 s/g,
    },
  ];
  for (const { endpoint, says, flushMs = patiently.OTEL_BSP_EXPORT_TIMEOUT } of cases) {
    const env = {
      ...patiently,
      OTEL_BSP_EXPORT_TIMEOUT: flushMs,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '50',
    };
    const { code, stderr, stdout } = await runCli(['crawl', `${site.origin}/a`, `${site.origin}/b`, '--host-interval', '300ms'], {
      cwd,
      env,
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /2 success/);
    assert.equal(stderr.match(says)?.length, 1, stderr);
    assert.equal(stderr.match(/traces cannot|OpenTelemetry/g)?.length, 1, stderr);
  }
});

test('unusable variables cause a warning', async (t) => {
  const site = await smallSite(t);
  const cwd = await scratchFolder(t);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
  const { code, stderr } = await runCli(['crawl', `${site.origin}/a`], { cwd, env });
  assert.equal(code, 0);
  assert.match(
    stderr,
    /this process is not traced: OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not supported: set it to http\/protobuf or http\/json/,
  );
});

test('a run started through the API is a trace that begins in the server', async (t) => {
  const [receiver, site] = [await receiverFor(t), await smallSite(t)];
  const cwd = await scratchFolder(t);
  const env = {
    ...sendingTo(receiver),
    OTEL_BSP_SCHEDULE_DELAY: '50',
    TRAWL_REDIS_URL: await testRedis(),
    TRAWL_PREFIX: `test-${randomUUID()}`,
  };
  const serve = startService(t, ['serve', '--listen', '127.0.0.1:0', '--allow-private'], { cwd, env });
  let said = '';
  serve.child.stderr?.on('data', (text: string) => {
    said += text;
  });
  await until(() => /http:\/\/\S+/.test(said), 'the server to listen');
  const [address = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
  const worker = startService(t, ['worker'], { cwd, env });
  await until(async () => (await fetch(`${address}/readyz`)).status === 200, 'the server to be connected to Redis');
  const body = JSON.stringify({ urls: [`${site.origin}/a`] });
  const response = await fetch(`${address}/api/runs`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  assert.equal(response.status, 201, await response.clone().text());
  await until(() => named(receiver.spans, 'GET').length === 1, 'the fetch to be traced');
  for (const { child, result } of [serve, worker]) {
    child.kill('SIGTERM');
    await result;
  }
  const [path] = pathsOf(receiver.spans, 'GET');
  assert.match(path ?? '', /^submit run < add(Bulk)? visits\S* < process visits < visit < GET$/);
});
