import assert from 'node:assert/strict';
import type net from 'node:net';
import { type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { selfSignedCertificate } from '../helpers/self-signed.ts';
import { failure, fetcherFor, type LocalServer, listen, rawServer, response, until } from './local-servers.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const LINE_FEEDS = 'HTTP/1.1 200 OK\ncontent-length: 2\n\nok';

/** Responds to each request by its path, and records the request lines. The connection stays open. */
async function answering(t: TestContext, answers: Record<string, string>): Promise<LocalServer & { lines: string[] }> {
  const lines: string[] = [];
  const server = await rawServer(t, (socket) => answerOn(socket, answers, lines));
  return Object.assign(server, { lines });
}

function answerOn(socket: net.Socket, answers: Record<string, string>, lines: string[]): void {
  socket
    .on('error', () => {})
    .on('data', (chunk) => {
      const [line = ''] = chunk.toString('latin1').split('\r\n');
      lines.push(line);
      const path = (line.split(' ')[1] ?? '').replace(/^http:\/\/[^/]*/, '');
      socket.write(answers[path] ?? `${OK}content-length: 5\r\n\r\nplain`, 'latin1');
    });
}

test('fetches a faulty response again with the tolerant parser, and reports the faults', async (t) => {
  const answers = {
    '/lf': LINE_FEEDS,
    '/fold': `${OK}content-type: text/html;\r\n charset=utf-8\r\ncontent-length: 2\r\n\r\nok`,
    '/late': `${OK}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n2 \r\nok\r\n0\r\n\r\n`,
    '/moved': 'HTTP/1.1 302 Found\nLocation: /end\nContent-Length: 0\n\n',
  };
  const server = await answering(t, answers);
  const told = async (path: string) => {
    const { status, sizeBytes, requests, httpFaults, contentType } = response(await fetcherFor(t)(server.origin + path));
    return [status, sizeBytes, requests, httpFaults, contentType];
  };
  assert.deepEqual(await told('/lf'), [200, 2, 2, ['line-feed'], undefined]);
  assert.deepEqual(await told('/fold'), [200, 2, 2, ['folded-header'], 'text/html; charset=utf-8']);
  assert.deepEqual(await told('/late'), [200, 4, 2, ['chunk-size'], undefined]);
  assert.deepEqual(await told('/moved'), [200, 5, 3, undefined, undefined]);
  assert.deepEqual(await told('/plain'), [200, 5, 1, undefined, undefined]);
  await until(() => server.open <= 5, 'the connections of tolerant requests are closed');
});

test('remembers faulty origins until they respond without a fault', async (t) => {
  const answers: Record<string, string> = { '/lf': LINE_FEEDS };
  const server = await answering(t, answers);
  const get = fetcherFor(t);
  const requests = async (path: string) => response(await get(server.origin + path)).requests;
  assert.deepEqual([await requests('/lf'), await requests('/lf'), await requests('/plain'), await requests('/lf')], [2, 1, 1, 2]);
  const post = { method: 'POST', body: 'x', repeatable: false };
  assert.equal(response(await get(`${server.origin}/lf`, {}, post)).requests, 1);
});

test('does not repeat a request that must not be sent twice', async (t) => {
  const server = await answering(t, { '/': LINE_FEEDS });
  const result = failure(await fetcherFor(t)(`${server.origin}/`, {}, { method: 'POST', body: 'x', repeatable: false }));
  assert.deepEqual([result.verdict, result.error.code, result.requests, server.lines.length], ['protocol', 'BAD_HTTP', 1, 1]);
  assert.match(result.error.message, /Missing expected CR/);
});

test('refuses what could be two different responses, and says why', async (t) => {
  const differing = `${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nokk`;
  const server = await answering(t, { '/': differing });
  const get = fetcherFor(t);
  const result = failure(await get(`${server.origin}/`));
  assert.deepEqual([result.verdict, result.error.code, result.retryable, result.requests], ['protocol', 'BAD_HTTP', false, 2]);
  assert.match(result.error.message, /violated HTTP: the Content-Length headers differ \(2, 3\)/);
  const once = failure(await get(`${server.origin}/`, {}, { repeatable: false }));
  assert.match(once.error.message, /its Content-Length contradicts another one/);
});

test('does not repeat a request to a server that does not speak HTTP', async (t) => {
  const server = await answering(t, { '/': 'SSH-2.0-OpenSSH_9\r\n' });
  assert.equal(failure(await fetcherFor(t)(`${server.origin}/`)).requests, 1);
});

test('limits, timeout and address policy apply to the second request too', async (t) => {
  const server = await answering(t, {
    '/large': `HTTP/1.1 200 OK\n\n${'x'.repeat(100_000)}`,
    '/silent': 'HTTP/1.1 200 OK\nx: 1',
    '/head': `HTTP/1.1 200 OK\nx: ${'y'.repeat(100_000)}\n\n`,
    '/private': 'HTTP/1.1 302 Found\nLocation: http://127.0.0.2:1/\nContent-Length: 0\n\n',
  });
  const get = fetcherFor(t, { resolveHost: (_host, done) => done(null, [{ address: '127.0.0.1', family: 4 }]) });
  const large = response(await get(`${server.origin}/large`, { maxBodyBytes: 1_000 }));
  assert.deepEqual([large.sizeBytes, large.truncated], [1_000, true]);
  assert.equal(failure(await get(`${server.origin}/silent`, { timeoutMs: 150 })).verdict, 'timeout');
  assert.equal(failure(await get(`${server.origin}/head`)).error.code, 'HEADERS_TOO_LARGE');
  const guarded = failure(await get(`${server.origin}/private`, { privateAddresses: 'seeds' }, { namedHost: '127.0.0.1' }));
  assert.equal(guarded.verdict, 'private-address');
});

test('works through a proxy and over TLS', async (t) => {
  const lines: string[] = [];
  const proxy = await rawServer(t, (socket) => answerOn(socket, { '/lf': LINE_FEEDS }, lines));
  const result = response(await fetcherFor(t, { proxies: { all: proxy.origin } })('http://site.test/lf'));
  assert.deepEqual([result.requests, result.httpFaults], [2, ['line-feed']]);
  assert.deepEqual(lines, Array(2).fill('GET http://site.test/lf HTTP/1.1'));
  const { key, cert } = selfSignedCertificate();
  const secure = await listen(
    t,
    tls.createServer({ key, cert }, (socket) => answerOn(socket, { '/lf': LINE_FEEDS }, [])),
    '127.0.0.1',
  );
  const url = `https://127.0.0.1:${secure.port}/lf`;
  const get = fetcherFor(t);
  assert.deepEqual(response(await get(url, { insecure: true })).httpFaults, ['line-feed']);
  assert.equal(failure(await get(url)).verdict, 'tls');
});

/** Sends the text and closes the connection. */
async function closingServer(t: TestContext, answer: string): Promise<LocalServer> {
  return rawServer(t, (socket) => socket.on('error', () => {}).once('data', () => socket.end(answer, 'latin1')));
}

test('accepts a head that ends with the connection, but not within a header', async (t) => {
  const get = fetcherFor(t);
  const whole = response(await get((await closingServer(t, 'HTTP/1.1 404 Not Found\r\nServer: x\r\n')).origin));
  assert.deepEqual([whole.status, whole.httpFaults], [404, ['unfinished-head']]);
  const body = response(await get((await closingServer(t, 'HTTP/1.1 200 OK\nContent-Length: 0\n')).origin));
  assert.deepEqual([body.status, body.sizeBytes], [200, 0]);
  const half = failure(await get((await closingServer(t, `${OK}Location: /ha`)).origin));
  assert.deepEqual([half.verdict, half.retryable], ['reset', true]);
  assert.match(half.error.message, /closed the connection before its headers were complete$/);
});

test('reads a lower-case status line and that of SHOUTcast', async (t) => {
  for (const answer of ['http/1.1 200 OK\r\n\r\nok', 'ICY 200 OK\r\n\r\nok']) {
    const { sizeBytes, httpFaults } = response(await fetcherFor(t)((await closingServer(t, answer)).origin));
    assert.deepEqual([sizeBytes, httpFaults], [2, ['status-line']], answer);
  }
});

test('refuses a status below 100', async (t) => {
  const { error } = failure(await fetcherFor(t)((await closingServer(t, 'HTTP/1.1 099 X\r\n\r\n')).origin));
  assert.match(error.message, /does not begin with a valid status line/);
});

test('an error status counts even if its body is cut off', async (t) => {
  const { status, truncated, sizeBytes } = response(
    await fetcherFor(t)((await closingServer(t, 'HTTP/1.1 404 Not Found\r\nContent-Length: 99\r\n\r\nhalf')).origin),
  );
  assert.deepEqual([status, truncated, sizeBytes], [404, true, 4]);
});

test('the second request waits for a turn at its origin', async (t) => {
  const server = await answering(t, { '/lf': LINE_FEEDS });
  const get = fetcherFor(t);
  const url = `${server.origin}/lf`;
  const judgeRedirect = () => 'move' as const;
  const first = await get(url, {}, { judgeRedirect });
  assert.ok(first.kind === 'moved');
  assert.deepEqual([first.chain.url, first.chain.requests, server.lines.length], [url, 1, 1]);
  const second = response(await get(url, {}, { judgeRedirect, chain: first.chain }));
  assert.deepEqual([second.httpFaults, second.requests, second.finalUrl], [['line-feed'], 2, undefined]);
  // Another worker does not know what the first one learnt. It must not wait for a second turn.
  const elsewhere = response(await fetcherFor(t)(url, {}, { judgeRedirect, chain: first.chain }));
  assert.deepEqual([elsewhere.httpFaults, elsewhere.requests], [['line-feed'], 3]);
});
