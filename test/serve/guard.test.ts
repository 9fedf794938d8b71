import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { defaultRunOptions } from '../../src/options/load-config.ts';
import { AttemptLimit } from '../../src/serve/attempt-limit.ts';
import { OPERATIONS } from '../../src/serve/operations.ts';
import { until } from '../helpers/until.ts';
import { startTestServer, TOKEN } from './test-server.ts';

test('only allowed host names, localhost and IP addresses are answered', async (t) => {
  const { send, origin } = await startTestServer(t, { allowHosts: ['crawler.example.com'] });
  const port = new URL(origin).port;
  const statusFor = async (host: string, path = '/api/runs') => (await send('GET', path, { headers: { host } })).status;
  for (const host of [`127.0.0.1:${port}`, 'localhost', `[::1]:${port}`, '192.0.2.1', 'Crawler.Example.com:443'])
    assert.equal(await statusFor(host), 200, host);
  for (const host of [
    'evil.example',
    'localhost.evil.example',
    'crawler.example.com.evil.example',
    '127.0.0.1.evil.example',
    'a@localhost',
  ]) {
    assert.notEqual(await statusFor(host), 200, host);
    assert.notEqual(await statusFor(host, '/'), 200, host);
    assert.notEqual(await statusFor(host, '/metrics'), 200, host);
  }
});

test('pages of other origins can neither read nor change anything', async (t) => {
  const { send, origin, engine } = await startTestServer(t);
  await engine.openRun(defaultRunOptions(), 'mine');
  const foreign = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ];
  for (const headers of foreign as Array<Record<string, string>>) {
    for (const [method, path] of [
      ['GET', '/api/runs'],
      ['GET', '/api/events'],
      ['POST', '/api/runs/mine/cancel'],
      ['DELETE', '/api/runs/mine'],
    ] as const) {
      const answer = await send(method, path, { headers });
      assert.equal(answer.status, 403, `${method} ${path} ${JSON.stringify(headers)}`);
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
    }
  }
  // What an HTML form can send, without headers that reveal its origin.
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
  ]) {
    assert.equal((await send('POST', '/api/runs/mine/cancel', { headers: { 'content-type': type } })).status, 415, type);
  }
  assert.equal((await send('OPTIONS', '/api/runs/mine', { headers: { 'access-control-request-method': 'DELETE' } })).status, 404);
  assert.equal((await engine.counts('mine')).state, 'open');
  assert.equal((await send('POST', '/api/runs/mine/pause', { headers: { origin, 'sec-fetch-site': 'same-origin' } })).status, 200);
});

test('a link on another site leads to the page, and to nothing else', async (t) => {
  const { send } = await startTestServer(t);
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  assert.equal((await send('GET', '/', { headers })).status, 200);
  for (const path of ['/api/runs', '/api/runs/mine/report.html', '/metrics'])
    assert.equal((await send('GET', path, { headers })).status, 403, path);
});

test('GET changes nothing', async (t) => {
  const { send, engine } = await startTestServer(t);
  await engine.openRun(defaultRunOptions(), 'mine');
  const before = await engine.counts('mine');
  const changing = Object.values(OPERATIONS).filter(({ method }) => method !== 'get');
  assert.ok(changing.length >= 6);
  for (const { path } of changing) {
    const { status } = await send('GET', path.replace('{run}', 'mine'));
    assert.ok(status === 404 || status === 200, `${path}: ${status}`);
  }
  assert.deepEqual(await engine.counts('mine'), before);
  assert.deepEqual(await engine.runs(), ['mine']);
});

test('if the server has a token, nothing about runs is shown without it', async (t) => {
  const { send } = await startTestServer(t, { token: TOKEN });
  const secret = [
    ...Object.values(OPERATIONS).filter(({ path }) => path !== '/api/login'),
    { method: 'get', path: '/metrics' },
    { method: 'get', path: '/api/openapi.json' },
  ];
  for (const [at, { method, path }] of secret.entries()) {
    const target = path.replace('{run}', 'mine');
    // Few enough wrong tokens not to reach the limit, which another test covers.
    const wrong = at === 0 ? [`Bearer ${TOKEN}x`, `Bearer ${TOKEN.slice(1)}`, `Bearer ${TOKEN.toUpperCase()}`] : [];
    for (const authorization of [undefined, `Basic ${TOKEN}`, 'Bearer', ...wrong]) {
      const answer = await send(method.toUpperCase(), target, { headers: authorization === undefined ? {} : { authorization } });
      assert.equal(answer.status, 401, `${method} ${target} ${authorization}`);
      assert.match(String(answer.headers['www-authenticate']), /^Bearer/);
    }
  }
  for (const path of ['/', '/page/main.js', '/page/style.css', '/healthz', '/readyz'])
    assert.equal((await send('GET', path)).status, 200, path);
  assert.equal((await send('GET', '/api/runs', { headers: { authorization: `Bearer ${TOKEN}` } })).status, 200);
});

test('the token can be exchanged for a cookie that does not contain it', async (t) => {
  const { send } = await startTestServer(t, { token: TOKEN });
  assert.equal((await send('POST', '/api/login', { body: { token: `${TOKEN}x` } })).status, 401);
  const { status, headers } = await send('POST', '/api/login', { body: { token: TOKEN } });
  assert.equal(status, 204);
  const [cookie = ''] = headers['set-cookie'] ?? [];
  assert.match(cookie, /; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.ok(!cookie.includes(TOKEN));
  const [session = ''] = cookie.split(';');
  assert.equal((await send('GET', '/api/runs', { headers: { cookie: session } })).status, 200);
  assert.equal((await send('GET', '/api/runs', { headers: { cookie: `${session}x` } })).status, 401);
});

test('answers have security headers', async (t) => {
  const { send } = await startTestServer(t);
  for (const path of ['/', '/page/main.js', '/api/runs', '/nothing', '/metrics']) {
    const { headers } = await send('GET', path);
    assert.match(String(headers['content-security-policy']), /^default-src 'none'; script-src 'self'; /, path);
    assert.doesNotMatch(String(headers['content-security-policy']), /unsafe/, path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin', path);
  }
});

test('a body that is too long is refused', async (t) => {
  const { send, engine } = await startTestServer(t);
  const answer = await send('POST', '/api/runs', { headers: { 'content-length': String(17 * 1_024 * 1_024) } });
  assert.equal(answer.status, 413);
  // Without a Content-Length, the body is read up to the limit. Whether the answer arrives depends on how much was sent by then.
  const list = 'https://a.example/\n'.repeat(1_000_000);
  const sent = await send('POST', '/api/runs', { headers: { 'transfer-encoding': 'chunked' }, body: { list, run: 'mine' } }).catch(
    () => undefined,
  );
  assert.equal(sent?.status ?? 413, 413);
  assert.deepEqual(await engine.runs(), []);
});

test('an address that sends many wrong tokens has to wait, and cookies still work', async (t) => {
  const { send } = await startTestServer(t, { token: TOKEN });
  const [cookie = ''] = String((await send('POST', '/api/login', { body: { token: TOKEN } })).headers['set-cookie']).split(';');
  for (let attempt = 0; attempt < 10; attempt++) {
    assert.equal((await send('POST', '/api/login', { body: { token: 'wrong' } })).status, 401);
    assert.equal((await send('GET', '/api/runs', { headers: { authorization: 'Bearer wrong' } })).status, 401);
  }
  const limited = await send('POST', '/api/login', { body: { token: TOKEN } });
  assert.equal(limited.status, 429, 'also with the right token: the answer would tell');
  assert.ok(Number(limited.headers['retry-after']) >= 1);
  assert.equal((await send('GET', '/api/runs', { headers: { authorization: `Bearer ${TOKEN}` } })).status, 429);
  assert.equal((await send('GET', '/api/runs', { headers: { cookie } })).status, 200);
});

test('wrong tokens are forgiven one after the other, and those of one address do not count for another', () => {
  let nowMs = 0;
  const limit = new AttemptLimit(() => nowMs);
  for (let attempt = 0; attempt < 19; attempt++) limit.failed('a');
  assert.equal(limit.waitSeconds('a'), 0);
  limit.failed('a');
  assert.equal(limit.waitSeconds('a'), 3);
  assert.equal(limit.waitSeconds('b'), 0);
  nowMs = 3_000;
  assert.equal(limit.waitSeconds('a'), 0);
  limit.failed('a');
  assert.equal(limit.waitSeconds('a'), 3);
  for (let address = 0; address < 10_000; address++) limit.failed(String(address));
  assert.equal(limit.waitSeconds('a'), 0, 'it was forgotten');
});

test('without the token, only a short body can be sent', async (t) => {
  const { send } = await startTestServer(t, { token: TOKEN });
  assert.equal((await send('POST', '/api/login', { body: { token: 'x'.repeat(5_000) } })).status, 413);
});

test('a connection that does not finish its request is closed', async (t) => {
  const { origin } = await startTestServer(t, { headersMs: 200 });
  const socket = await openSocket(t, origin);
  socket.write('GET /api/runs HTTP/1.1\r\nhost: localhost\r\nx-slow: ');
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  await once(socket, 'close');
  assert.match(text, /^HTTP\/1\.1 408 /);
});

test('only a few lists are accepted at the same time', async (t) => {
  const { origin, send } = await startTestServer(t);
  const head = 'POST /api/runs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{';
  const sockets = await Promise.all(Array.from({ length: 4 }, () => openSocket(t, origin)));
  for (const socket of sockets) socket.write(head);
  const body = { list: 'https://a.example/' };
  await until(async () => (await send('POST', '/api/runs', { body })).status === 503, 'the server to be busy');
  for (const socket of sockets) socket.destroy();
  await until(async () => (await send('POST', '/api/runs', { body })).status === 201, 'room for another');
});

async function openSocket(t: TestContext, origin: string): Promise<Socket> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}
