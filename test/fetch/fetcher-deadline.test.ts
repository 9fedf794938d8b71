import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DEADLINE_MS, scaledMs } from '../helpers/until.ts';
import { failure, fetcherFor, httpServer, rawServer, response, until } from './local-servers.ts';

/** Without this timeout, each of these tests would run forever. Headers and redirects must arrive before it. */
const TIMEOUT_MS = scaledMs(400);

/** Sends the bytes one by one, forever if `repeat` is set. */
function drip(socket: Socket, head: string, octets: Buffer): void {
  socket.once('data', () => {
    socket.write(head, 'latin1');
    let at = 0;
    const timer = setInterval(() => socket.write(octets.subarray(at % octets.length, (at++ % octets.length) + 1)), 20);
    socket.on('close', () => clearInterval(timer));
  });
}

const SLOW: ReadonlyArray<readonly [name: string, serve: (socket: Socket) => void, status: number | undefined]> = [
  ['is silent', () => undefined, undefined],
  ['drips its headers', (socket) => drip(socket, 'HTTP/1.1 200 OK\r\n', Buffer.from('x-a: bcdefgh\r\n')), undefined],
  ['drips 1xx answers', (socket) => drip(socket, '', Buffer.from('HTTP/1.1 102 Processing\r\n\r\n')), undefined],
  ['sends a head and no body', (socket) => socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n')), 200],
];

for (const [name, serve, status] of SLOW) {
  test(`the deadline ends a fetch from a server that ${name}`, async (t) => {
    const server = await rawServer(t, serve);
    const result = failure(await fetcherFor(t)(server.origin, { timeoutMs: TIMEOUT_MS }));
    assert.deepEqual([result.verdict, result.error.code, result.status, result.retryable], ['timeout', 'TIMEOUT', status, true]);
    assert.match(result.error.message, new RegExp(`127\\.0\\.0\\.1:\\d+ within ${TIMEOUT_MS} ms: --timeout`));
    assert.ok(result.latencyMs >= TIMEOUT_MS, `${result.latencyMs}`);
  });
}

const DRIPPED: ReadonlyArray<readonly [name: string, head: string, body: Buffer]> = [
  ['its body', '', Buffer.from('abc')],
  ['gzip', 'content-encoding: gzip\r\n', gzipSync(Buffer.alloc(100_000, 'ab'), { level: 0 })],
  ['a body of a known length', 'content-length: 1000000\r\n', Buffer.from('abc')],
];

for (const [name, head, body] of DRIPPED) {
  test(`a server that drips ${name} has answered when the time is up, unless the body is needed`, async (t) => {
    const server = await rawServer(t, (socket) => drip(socket, `HTTP/1.1 404 Not Found\r\n${head}\r\n`, body));
    const get = fetcherFor(t);
    const options = { timeoutMs: TIMEOUT_MS };
    const [unwanted, unkept, wanted] = await Promise.all([
      get(`${server.origin}/`, options),
      get(`${server.origin}/`, options, { keepContent: (type) => type === 'text/html' }),
      get(`${server.origin}/`, options, { keepContent: true }),
    ]);
    for (const result of [response(unwanted), response(unkept)]) {
      assert.deepEqual([result.status, result.truncated], [404, true]);
      assert.ok(result.wireBytes > 0);
      assert.ok(result.latencyMs >= TIMEOUT_MS, `${result.latencyMs}`);
    }
    const { verdict, error, status, retryable, wireBytes } = failure(wanted);
    assert.deepEqual([verdict, error.code, status, retryable], ['timeout', 'TIMEOUT', 404, true]);
    assert.ok((wireBytes ?? 0) > 0);
    await until(() => server.open === 0, 'the connections are closed');
  });
}

test('the first bytes of an endless stream are enough, or its head if none arrive', async (t) => {
  const streams = [
    ['text/event-stream; charset=utf-8', 'data: x\n\n'],
    ['Multipart/X-Mixed-Replace;boundary=b', '--b\r\n'],
    ['text/event-stream', ''],
  ] as const;
  for (const [type, first] of streams) {
    const server = await httpServer(t, (_, answer) => {
      answer.writeHead(200, { 'content-type': type });
      if (first === '') answer.flushHeaders();
      else answer.write(first);
    });
    const result = response(await fetcherFor(t)(server.origin, { timeoutMs: 600_000 }));
    assert.deepEqual([result.status, result.truncated, result.sizeBytes, result.wireBytes], [200, true, first.length, first.length]);
    await until(() => server.open === 0, 'the connection is closed');
  }
});

test('a stream requested with HEAD, or that is not endless, is complete and keeps its connection', async (t) => {
  const server = await httpServer(t, (request, answer) => {
    answer.writeHead(request.url === '/none' ? 204 : 200, { 'content-type': 'text/event-stream' }).end();
  });
  const get = fetcherFor(t);
  for (const [path, method] of [
    ['/', 'HEAD'],
    ['/none', 'GET'],
    ['/empty', 'GET'],
  ] as const) {
    const result = response(await get(`${server.origin}${path}`, { timeoutMs: DEADLINE_MS }, { method }));
    assert.deepEqual([result.truncated, result.sizeBytes], [undefined, 0]);
  }
  assert.equal(server.connections, 1);
});

test('an endless stream whose body is needed runs into the deadline', async (t) => {
  const server = await httpServer(t, (_, answer) => answer.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: x\n\n'));
  const result = failure(await fetcherFor(t)(server.origin, { timeoutMs: TIMEOUT_MS }, { keepContent: true }));
  assert.deepEqual([result.verdict, result.sizeBytes], ['timeout', 9]);
});

test('the deadline covers all redirects together', async (t) => {
  const server = await httpServer(t, (request, answer) => {
    setTimeout(() => answer.writeHead(302, { location: `/${Number(request.url?.slice(1)) + 1}` }).end(), 30);
  });
  const result = failure(await fetcherFor(t)(`${server.origin}/1`, { timeoutMs: TIMEOUT_MS, maxRedirects: 10_000 }));
  assert.equal(result.verdict, 'timeout');
  assert.ok((result.redirects?.length ?? 0) >= 1);
});

test('DNS that does not answer runs into the connect timeout', async (t) => {
  const get = fetcherFor(t, { resolveHost: () => undefined });
  const result = failure(await get('http://slow.example/', { connectTimeoutMs: 100 }));
  assert.deepEqual([result.verdict, result.error.code], ['timeout', 'CONNECT_TIMEOUT']);
});

test('a TLS handshake that stalls runs into the connect timeout', async (t) => {
  const server = await rawServer(t, (socket) => socket.resume());
  const result = failure(await fetcherFor(t)(`https://127.0.0.1:${server.port}/`, { connectTimeoutMs: 100 }));
  assert.deepEqual([result.verdict, result.error.code], ['timeout', 'CONNECT_TIMEOUT']);
  await until(() => server.open === 0, 'the connection is given up');
});

test('the connect timeout ends once the connection is established', async (t) => {
  const connectTimeoutMs = scaledMs(200);
  const server = await httpServer(t, (_request, answer) => setTimeout(() => answer.end('late'), connectTimeoutMs + 100));
  assert.equal(response(await fetcherFor(t)(server.origin, { connectTimeoutMs })).sizeBytes, 4);
});

test('a slow body does not delay a redirect', async (t) => {
  const drips = await rawServer(t, (socket) => drip(socket, `HTTP/1.1 302 Found\r\nlocation: ${target()}\r\n\r\n`, Buffer.from('x')));
  let endlessBytes = 0;
  const endless = await rawServer(t, (socket) => {
    socket.once('data', () => {
      socket.write(`HTTP/1.1 302 Found\r\nlocation: ${target()}\r\n\r\n`);
      const more = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 'x')));
      };
      socket.on('drain', more).on('close', () => (endlessBytes = socket.bytesWritten));
      more();
    });
  });
  const end = await httpServer(t, (_request, answer) => answer.end('here'));
  function target(): string {
    return `${end.origin}/`;
  }
  for (const server of [drips, endless]) {
    const result = response(await fetcherFor(t)(server.origin, { timeoutMs: DEADLINE_MS }));
    assert.deepEqual([result.status, result.sizeBytes, result.finalUrl], [200, 4, `${end.origin}/`]);
  }
  await until(() => endlessBytes > 0, 'the endless body is over');
  assert.ok(endlessBytes < 20_000_000, `${endlessBytes} bytes of it were taken`);
});
