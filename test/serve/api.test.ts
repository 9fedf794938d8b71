import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import { defaultRunOptions } from '../../src/options/load-config.ts';
import { OPERATIONS, type Operation, type OperationName } from '../../src/serve/operations.ts';
import { Problem } from '../../src/serve/schemas.ts';
import { startRedisServer } from '../helpers/redis-server.ts';
import { until } from '../helpers/until.ts';
import { type Answer, fetchSlowly, startTestServer, type TestServer } from './test-server.ts';

/** Calls an operation and validates its answer with the schema of the OpenAPI document. */
function caller({ send }: TestServer) {
  return async (name: OperationName, path: Record<string, string> = {}, body?: unknown): Promise<Answer> => {
    const { method, path: template, answer }: Operation = OPERATIONS[name];
    const target = template.replace('{run}', path.run ?? '') + (path.query ?? '');
    const given = await send(method.toUpperCase(), target, { body });
    const schema: z.ZodType = given.status < 400 ? (answer.schema as z.ZodType) : Problem;
    const checked = schema.safeParse(given.json());
    assert.ok(checked.success, `${name}: ${JSON.stringify(checked.error?.issues)} in ${given.text}`);
    if (given.status < 400) assert.equal(given.status, answer.status);
    return given;
  };
}

test('a run is started, listed, paused, resumed, sealed, cancelled and removed', async (t) => {
  const server = await startTestServer(t);
  const call = caller(server);
  const { run, lines } = (
    await call(
      'submitRun',
      {},
      { list: 'https://a.example/\n\n# no\nhttps://b.example/', open: true, options: { hostInterval: '2s', depth: 'all' } },
    )
  ).json();
  assert.equal(lines, 4);
  const options = await server.engine.options(run);
  assert.deepEqual([options.hostIntervalMs, options.robots, options.privateAddresses], [2_000, true, 'deny']);
  const state = async (name: OperationName) => (await call(name, { run })).json().state;
  assert.equal(await state('getRun'), 'open');
  assert.equal(await state('pauseRun'), 'paused');
  assert.equal(await state('resumeRun'), 'open');
  assert.equal(await state('sealRun'), 'running');
  await until(async () => (await call('listRuns')).json().total === 1, 'the run to be listed');
  assert.equal((await call('overview')).json().runs[0].run, run);
  assert.equal(await state('cancelRun'), 'cancelled');
  assert.equal(await state('removeRun'), 'removed');
  assert.equal((await call('getRun', { run })).status, 404);
  assert.deepEqual(await server.engine.runs(), []);
});

test('a run is sealed after its URLs unless it stays open, and secrets among its options are not shown', async (t) => {
  const server = await startTestServer(t);
  const call = caller(server);
  await call(
    'submitRun',
    {},
    {
      urls: ['https://a.example/\nhttps://b.example/', 'https://c.example/'],
      run: 'mine',
      options: { header: ['Authorization: Basic abc'], auth: 'https://a.example=me:pass' },
    },
  );
  assert.equal((await server.engine.counts('mine')).sealedAt, 1);
  const details = await call('getRun', { run: 'mine' });
  assert.match(details.text, /redacted/);
  assert.doesNotMatch(details.text, /abc|pass/);
  assert.equal((await call('submitRun', {}, { urls: ['https://a.example/'], run: 'mine' })).status, 409);
});

const REFUSED: ReadonlyArray<readonly [what: string, body: unknown, says: RegExp]> = [
  ['no list', {}, /give either list or urls/],
  ['an empty list', { list: ' \n' }, /the list is empty/],
  ['no JSON', '{', /not JSON/],
  ['a bad run id', { list: 'x.example', run: '../x' }, /run: use letters/],
  ['an unknown option', { list: 'x.example', options: { colour: 'red' } }, /Unrecognized key: "colour"/],
  ['a value that is wrong', { list: 'x.example', options: { timeout: '5' } }, /options: timeout: .*has no unit/],
  ['a module', { list: 'x.example', options: { map: '/etc/passwd' } }, /Unrecognized key: "map"/],
  ['an environment variable in a header', { list: 'x.example', options: { header: 'X: env:HOME' } }, /env:NAME is not allowed/],
  [
    'an environment variable in credentials',
    { list: 'x.example', options: { auth: ['https://a.example=env:HOME'] } },
    /env:NAME is not allowed/,
  ],
  ['private addresses', { list: 'x.example', options: { private: 'allow' } }, /does not let runs reach private addresses/],
  ['an option of the process', { list: 'x.example', options: { redis: 'redis://x' } }, /Unrecognized key: "redis"/],
];

for (const [what, body, says] of REFUSED) {
  test(`a run with ${what} is refused`, async (t) => {
    const server = await startTestServer(t);
    const answer = await server.send('POST', '/api/runs', { body });
    assert.equal(answer.status, 400);
    assert.match(answer.json().error, says);
    assert.deepEqual(await server.engine.runs(), []);
  });
}

test('the server can allow private addresses', async (t) => {
  const server = await startTestServer(t, { allowPrivate: true });
  await server.send('POST', '/api/runs', { body: { list: 'http://127.0.0.1/', run: 'one' } });
  await server.send('POST', '/api/runs', { body: { list: 'http://127.0.0.1/', run: 'two', options: { private: 'deny' } } });
  assert.equal((await server.engine.options('one')).privateAddresses, 'seeds');
  assert.equal((await server.engine.options('two')).privateAddresses, 'deny');
});

test('unknown paths and runs give a 404 with a reason', async (t) => {
  const call = caller(await startTestServer(t));
  for (const name of [
    'getRun',
    'pauseRun',
    'resumeRun',
    'cancelRun',
    'sealRun',
    'removeRun',
    'listRows',
    'reportJson',
    'reportCsv',
    'reportHtml',
  ] as const) {
    assert.equal((await call(name, { run: 'nothing' })).status, 404, name);
    assert.equal((await call(name, { run: '..%2f..%2fetc' })).status, 404, name);
  }
  assert.equal((await call('listRuns', { query: '?limit=0' })).status, 400);
});

test('the OpenAPI document has every operation and no dangling references', async (t) => {
  const { send } = await startTestServer(t);
  const { text, json } = await send('GET', '/api/openapi.json');
  const { paths, openapi } = json();
  assert.equal(openapi, '3.1.0');
  for (const [name, { method, path }] of Object.entries(OPERATIONS)) assert.equal(paths[path][method].operationId, name);
  assert.equal(Object.values(paths).flatMap((path) => Object.keys(path as object)).length, Object.keys(OPERATIONS).length);
  assert.doesNotMatch(text, /\$ref|\$defs/);
  const { options } = paths['/api/runs'].post.requestBody.content['application/json'].schema.properties;
  assert.match(options.properties.hostInterval.description, /minimum time/);
  assert.equal(options.properties.map, undefined);
});

test('all viewers get events, and a stream ends with its viewer', async (t) => {
  const { origin, engine } = await startTestServer(t);
  await engine.openRun(defaultRunOptions(), 'mine');
  const stop = new AbortController();
  const response = await fetch(`${origin}/api/events`, { signal: stop.signal });
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  while (text.split('\n\n').length < 3) text += Buffer.from((await reader.read()).value ?? []).toString();
  const [, data = ''] = /^event: overview\ndata: (.*)$/m.exec(text) ?? [];
  assert.equal(JSON.parse(data).runs[0].run, 'mine');
  stop.abort();
});

test('without Redis the server says so, changes nothing, and recovers', async (t) => {
  const redis = await startRedisServer();
  t.after(() => redis.stop());
  const { send } = await startTestServer(t, { redisUrl: redis.url });
  assert.equal((await send('GET', '/readyz')).status, 200);
  await redis.kill();
  await until(async () => (await send('GET', '/readyz')).status === 503, 'the server to notice');
  assert.equal((await send('GET', '/healthz')).status, 200);
  assert.equal((await send('GET', '/')).status, 200);
  assert.match((await send('GET', '/metrics')).text, /^trawl_redis_up 0$/m);
  assert.equal((await send('GET', '/api/overview')).json().redis.reachable, false);
  const refused = await send('POST', '/api/runs', { body: { list: 'https://a.example/', run: 'mine' } });
  assert.equal(refused.status, 503);
  assert.match(refused.json().error, /Redis is unreachable/);
  const again = await startRedisServer({ port: redis.port, dir: redis.dir });
  t.after(() => again.stop());
  await until(async () => (await send('GET', '/readyz')).status === 200, 'the server to recover');
  assert.equal((await send('GET', '/api/runs')).json().total, 0);
});

test('runs are searched by id and state', async (t) => {
  const server = await startTestServer(t);
  for (const id of ['shop-1', 'shop-2', 'blog']) await server.engine.openRun(defaultRunOptions(), id);
  await server.engine.pause('shop-2');
  await server.engine.seal('blog', 0);
  const found = async (query: string) => {
    const { total, runs } = (await caller(server)('listRuns', { query })).json() as { total: number; runs: Array<{ run: string }> };
    return [total, ...runs.map(({ run }) => run)];
  };
  await until(async () => (await found(''))[0] === 3, 'the runs to be known');
  assert.deepEqual(await found('?search=SHOP'), [2, 'shop-2', 'shop-1']);
  assert.deepEqual(await found('?state=paused'), [1, 'shop-2']);
  assert.deepEqual(await found('?state=active'), [2, 'shop-2', 'shop-1']);
  assert.deepEqual(await found('?state=ended'), [1, 'blog']);
  assert.deepEqual(await found('?search=shop&limit=1&offset=1'), [2, 'shop-1']);
  assert.equal((await caller(server)('listRuns', { query: '?state=lost' })).status, 400);
});

test('workers are shown with busy slots, when they were last seen, latencies and failures', async (t) => {
  const server = await startTestServer(t);
  const call = caller(server);
  fetchSlowly(t, server.engine, { name: 'worker one', reason: 'it broke', isFailure: true });
  await server.engine.openRun(defaultRunOptions(), 'mine');
  const lines = Array.from({ length: 400 }, (_, at) => `http://site-${at % 20}.test/${at}`);
  await server.engine.submit('mine', { number: 0, firstLine: 1, lines });
  const overview = async () => (await call('overview')).json();
  await until(async () => (await overview()).workers[0]?.busySlots > 0, 'a slot to be busy');
  await until(async () => (await overview()).failures.length === 5, 'failures to be reported');
  const { workers, latency, failures, totals } = await overview();
  assert.deepEqual([workers.length, workers[0].name, workers[0].slots], [1, 'worker one', 4]);
  assert.ok(workers[0].seenMsAgo < 5_000);
  assert.equal(latency.counts.length, latency.boundsMs.length + 1);
  assert.ok(latency.counts[latency.boundsMs.indexOf(50)] > 0, 'each took 30 ms');
  assert.ok(totals.busySlots <= 4);
  assert.deepEqual([failures[0].run, failures[0].verdict, failures[0].reason], ['mine', 'reset', 'it broke']);
  const { origins } = (await call('listOrigins', { run: 'mine' })).json();
  assert.ok(origins.length <= 20);
  for (const { origin, waiting } of origins) assert.ok(/^http:\/\/site-\d+\.test$/.test(origin) && waiting > 0);
});
