import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { createFetcher, MissingSecretError } from '../../src/fetch/fetcher.ts';
import { deadPort, failure, fetcherFor, httpServer, rawAnswer, rawServer, response, runOptions, until } from './local-servers.ts';

test('reports status, sizes, type, address and timings of a response', async (t) => {
  const server = await httpServer(t, (_request, answer) => answer.writeHead(404, { 'content-type': 'text/plain' }).end('hello'));
  const get = fetcherFor(t);
  const result = response(await get(`${server.origin}/x?y`));
  assert.deepEqual([result.status, result.sizeBytes, result.wireBytes, result.contentType], [404, 5, 5, 'text/plain']);
  assert.deepEqual([result.remoteAddress, result.requests, result.finalUrl, result.redirects], ['127.0.0.1', 1, undefined, undefined]);
  assert.ok(result.finishedAtMs >= result.startedAtMs);
  const { connectMs = -1, ttfbMs = -1, downloadMs = -1, dnsMs, tlsMs } = result.timings;
  assert.ok(connectMs >= 0 && ttfbMs >= 0 && downloadMs >= 0);
  assert.deepEqual([dnsMs, tlsMs], [undefined, undefined]);
  assert.ok(result.latencyMs + 0.2 >= connectMs + ttfbMs + downloadMs);
  const again = response(await get(`${server.origin}/x?y`));
  assert.equal(again.timings.connectMs, undefined, 'a kept connection has no connect phase');
  assert.equal(again.remoteAddress, '127.0.0.1');
});

test('sends the user agent, the encodings that it can decode, and the headers of the run', async (t) => {
  let received: IncomingHttpHeaders & { url?: string | undefined } = {};
  const server = await httpServer(t, (request, answer) => {
    received = { url: request.url, ...request.headers };
    answer.end();
  });
  await fetcherFor(t, { env: { KEY: 'k1' } })(`${server.origin}/p?q=1#part`, { headers: [['X-Key', 'env:KEY']] });
  assert.equal(received.url, '/p?q=1');
  assert.equal(received['user-agent'], 'trawl-test/1');
  assert.match(received.accept ?? '', /^text\/html,.*\*\/\*;q=0\.8$/);
  assert.match(String(received['accept-encoding']), /gzip/);
  assert.equal(received['x-key'], 'k1');
  assert.equal(received.host, `127.0.0.1:${server.port}`);
});

test('a missing secret rejects before anything is sent', async (t) => {
  const server = await httpServer(t, (_request, answer) => answer.end());
  await assert.rejects(fetcherFor(t)(server.origin, { headers: [['X-Key', 'env:KEY']] }), MissingSecretError);
  assert.equal(server.connections, 0);
});

test('sends credentials in the URL to its origin, and reports them nowhere', async (t) => {
  let authorization: string | undefined;
  const server = await httpServer(t, (request, answer) => {
    authorization = request.headers.authorization;
    answer.writeHead(request.url === '/a' ? 302 : 200, { location: '/b' }).end();
  });
  const result = response(await fetcherFor(t)(`http://me:hush@127.0.0.1:${server.port}/a`));
  assert.equal(authorization, `Basic ${Buffer.from('me:hush').toString('base64')}`);
  assert.equal(result.finalUrl, `${server.origin}/b`);
  assert.ok(!JSON.stringify(result).includes('hush'));
  const failed = failure(await fetcherFor(t)(`http://me:hush@127.0.0.1:${await deadPort()}/a`));
  assert.ok(!JSON.stringify(failed).includes('hush'));
});

test('reports Retry-After in milliseconds', async (t) => {
  const server = await httpServer(t, (_request, answer) => answer.writeHead(429, { 'retry-after': '7' }).end());
  const result = response(await fetcherFor(t)(server.origin));
  assert.deepEqual([result.status, result.retryAfterMs], [429, 7_000]);
});

test('a closed port is refused', async (t) => {
  const port = await deadPort();
  const result = failure(await fetcherFor(t)(`http://127.0.0.1:${port}/`));
  assert.deepEqual([result.verdict, result.error.code, result.retryable, result.status], ['refused', 'ECONNREFUSED', true, undefined]);
  assert.match(result.error.message, new RegExp(`127\\.0\\.0\\.1:${port}`));
});

test('a name that does not resolve is a dns failure', async (t) => {
  const get = fetcherFor(t, { resolveHost: (_hostname, answer) => answer(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []) });
  const result = failure(await get('http://nowhere.example/'));
  assert.deepEqual([result.verdict, result.error.code, result.retryable], ['dns', 'ENOTFOUND', false]);
  assert.match(result.error.message, /nowhere\.example/);
});

test('connects to the resolved address', async (t) => {
  const server = await httpServer(t, (request, answer) => answer.end(request.headers.host));
  const get = fetcherFor(t, { resolveHost: (_hostname, answer) => answer(null, [{ address: '127.0.0.1', family: 4 }]) });
  const result = response(await get(`http://site.example:${server.port}/`));
  assert.equal(result.remoteAddress, '127.0.0.1');
  assert.equal(result.sizeBytes, `site.example:${server.port}`.length);
  assert.ok((result.timings.dnsMs ?? -1) >= 0);
});

test('a connection that is closed or reset without a response is a reset', async (t) => {
  const closing = await rawServer(t, (socket) => socket.once('data', () => socket.end()));
  const resetting = await rawServer(t, (socket) => socket.once('data', () => socket.resetAndDestroy()));
  for (const server of [closing, resetting]) {
    const result = failure(await fetcherFor(t)(server.origin));
    assert.deepEqual([result.verdict, result.retryable, result.status, result.requests], ['reset', true, undefined, 1]);
    assert.equal(server.connections, 1, 'a new connection that breaks is not tried again');
  }
});

test('an incomplete body is a reset with its status', async (t) => {
  const cut = [
    'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc',
    'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 10\r\n\r\nabc',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab',
    'HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab',
  ];
  for (const answer of cut) {
    const server = await rawAnswer(t, answer, { close: true });
    const result = failure(await fetcherFor(t)(server.origin));
    assert.deepEqual([result.verdict, result.status, result.retryable], ['reset', 200, true], answer);
  }
});

test('a 304 with the length of a body that it does not send is complete', async (t) => {
  const server = await rawAnswer(t, 'HTTP/1.1 304 Not Modified\r\ncontent-length: 10\r\n\r\n');
  const result = response(await fetcherFor(t)(server.origin));
  assert.deepEqual([result.status, result.sizeBytes], [304, 0]);
});

test('a body without a length ends with the connection', async (t) => {
  const server = await rawAnswer(t, 'HTTP/1.0 200 OK\r\n\r\nabcdef', { close: true });
  assert.equal(response(await fetcherFor(t)(server.origin)).sizeBytes, 6);
});

test('a response that is not HTTP is a protocol failure', async (t) => {
  const broken = [
    'SSH-2.0-OpenSSH_9.2\r\n',
    'HTTP/1.1 abc OK\r\n\r\n',
    'HTTP/1.1 200 OK\r\nx: \0\r\n\r\n',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    '<html>hello</html>\r\n',
  ];
  for (const answer of broken) {
    const server = await rawAnswer(t, answer, { close: true });
    const result = failure(await fetcherFor(t)(server.origin));
    assert.equal(result.verdict, 'protocol', answer.slice(0, 60));
    assert.equal(result.retryable, false);
  }
});

test('URLs that cannot be requested fail without opening a connection', async (t) => {
  const get = fetcherFor(t);
  for (const url of ['ftp://127.0.0.1/', 'nonsense', 'http://']) assert.equal(failure(await get(url)).verdict, 'protocol', url);
});

test('an abort ends fetches in progress and later ones', async (t) => {
  const server = await rawServer(t, (socket) => socket.resume());
  const get = fetcherFor(t);
  const controller = new AbortController();
  const pending = [1, 2, 3].map((n) => get(`${server.origin}/${n}`, {}, { signal: controller.signal }));
  await until(() => server.connections === 3, 'three requests are under way');
  controller.abort();
  assert.deepEqual(await Promise.all(pending), [{ kind: 'aborted' }, { kind: 'aborted' }, { kind: 'aborted' }]);
  assert.deepEqual(await get(server.origin, {}, { signal: controller.signal }), { kind: 'aborted' });
  await until(() => server.open === 0, 'the connections are closed');
  assert.equal(server.connections, 3);
});

test('close ends fetches in progress, closes all connections and may be repeated', async (t) => {
  const slow = await rawServer(t, (socket) => socket.resume());
  const quick = await httpServer(t, (_request, answer) => answer.end('x'));
  const fetcher = createFetcher();
  const signal = new AbortController().signal;
  const get = (url: string) => fetcher.fetch({ url, method: 'GET', options: runOptions() }, signal);
  response(await get(quick.origin));
  const pending = get(slow.origin);
  await until(() => slow.connections === 1, 'the request is under way');
  await fetcher.close();
  await fetcher.close();
  assert.deepEqual(await pending, { kind: 'aborted' });
  assert.deepEqual(await get(quick.origin), { kind: 'aborted' });
  await until(() => quick.open + slow.open === 0, 'the connections are closed');
});

test('calls onSent once for each request, after it was written', async (t) => {
  const server = await httpServer(t, (_request, answer) => answer.end());
  const fetcher = createFetcher();
  t.after(() => fetcher.close());
  const happened: string[] = [];
  const { write } = Socket.prototype;
  Socket.prototype.write = function (this: Socket, ...args: Parameters<typeof write>) {
    if (String(args[0]).startsWith('GET /get?told')) happened.push('written');
    return write.apply(this, args);
  } as typeof write;
  t.after(() => {
    Socket.prototype.write = write;
  });
  for (let request = 0; request < 2; request++) {
    const url = `${server.origin}/get?told=${request}`;
    await fetcher.fetch(
      { url, method: 'GET', options: runOptions(), onSent: () => void happened.push('told') },
      AbortSignal.timeout(10_000),
    );
  }
  assert.deepEqual(happened, ['written', 'told', 'written', 'told']);
});
