import assert from 'node:assert/strict';
import { once } from 'node:events';
import type http from 'node:http';
import { type TestContext, test } from 'node:test';
import { failure, fetcherFor, httpServer, type LocalServer, rawServer, response, until } from './local-servers.ts';

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** A server that responds as `answer` says, and records the requests. */
async function echo(
  t: TestContext,
  answer: (request: Seen, response: http.ServerResponse) => void,
): Promise<LocalServer & { seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = await httpServer(t, async (request, out) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    await once(request, 'end');
    const one = { method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() };
    seen.push(one);
    answer(one, out);
  });
  return Object.assign(server, { seen });
}

test('sends a request with its method, body and own headers, which override those of the run', async (t) => {
  const server = await echo(t, (_request, out) => out.end('ok'));
  const get = fetcherFor(t, { env: { TOKEN: 'abc' } });
  const run = { headers: [['x-run', 'run'] as const, ['accept', 'text/html'] as const] };
  const result = await get(`${server.origin}/post`, run, {
    method: 'POST',
    body: '{"a":"é"}',
    headers: [
      ['content-type', 'application/json'],
      ['Accept', 'application/json'],
      ['authorization', 'env:TOKEN'],
    ],
  });
  assert.equal(response(result).status, 200);
  const [seen] = server.seen;
  assert.deepEqual([seen?.method, seen?.url, seen?.body], ['POST', '/post', '{"a":"é"}']);
  assert.equal(seen?.headers['content-length'], '10');
  assert.equal(seen?.headers['x-run'], 'run');
  assert.equal(seen?.headers.accept, 'application/json');
  assert.equal(seen?.headers.authorization, 'abc');
});

for (const [status, method, sent] of [
  [301, 'POST', 'GET'],
  [302, 'POST', 'GET'],
  [303, 'POST', 'GET'],
  [303, 'PUT', 'GET'],
  [303, 'HEAD', 'HEAD'],
  [301, 'PUT', 'PUT'],
  [302, 'DELETE', 'DELETE'],
  [307, 'POST', 'POST'],
  [308, 'POST', 'POST'],
] as const) {
  test(`follows a ${status} for ${method} with ${sent}`, async (t) => {
    const server = await echo(t, ({ url }, out) =>
      url === '/' ? out.writeHead(status, { location: '/next' }).end() : out.writeHead(200).end('there'),
    );
    const get = fetcherFor(t);
    const body = method === 'HEAD' ? {} : { body: 'a=1', headers: [['content-type', 'application/x-www-form-urlencoded'] as const] };
    response(await get(`${server.origin}/`, {}, { method, ...body }));
    const next = server.seen.at(-1);
    assert.deepEqual([next?.url, next?.method], ['/next', sent]);
    const keeps = method === sent && method !== 'HEAD';
    assert.equal(next?.body, keeps ? 'a=1' : '');
    assert.equal(next?.headers['content-type'], keeps ? 'application/x-www-form-urlencoded' : undefined);
  });
}

test("a request's own secrets do not follow a redirect to another origin", async (t) => {
  const other = await echo(t, (_request, out) => out.end('other'));
  const server = await echo(t, (_request, out) => out.writeHead(307, { location: `${other.origin}/` }).end());
  const get = fetcherFor(t, { env: { KEY: 'secret' } });
  const headers = [
    ['x-key', 'env:KEY'],
    ['cookie', 'a=b'],
    ['x-plain', 'p'],
  ] as const;
  response(await get(`${server.origin}/`, {}, { method: 'POST', body: 'b', headers }));
  const [seen] = other.seen;
  assert.deepEqual([seen?.headers['x-key'], seen?.headers.cookie, seen?.headers['x-plain'], seen?.body], [undefined, undefined, 'p', 'b']);
});

test('keeps headers and body on request, decoded and cut at the limit', async (t) => {
  const server = await echo(t, ({ url }, out) =>
    url === '/gzip'
      ? out.writeHead(200, { 'content-encoding': 'gzip', 'x-a': '1' }).end(Buffer.from('H4sIAAAAAAAAA8tIzcnJBwCGphA2BQAAAA==', 'base64'))
      : out.end('0123456789'),
  );
  const get = fetcherFor(t);
  const kept = response(await get(`${server.origin}/gzip`, {}, { keepContent: true })).content;
  assert.equal(kept?.body.toString(), 'hello');
  const names = kept?.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toString());
  assert.ok(names?.includes('x-a'));
  const cut = response(await get(`${server.origin}/long`, { maxBodyBytes: 4 }, { keepContent: true }));
  assert.deepEqual([cut.content?.body.toString(), cut.truncated], ['0123', true]);
  assert.equal(response(await get(`${server.origin}/long`)).content, undefined);
});

test('does not repeat a request that must not be repeated when its connection closes', async (t) => {
  let requests = 0;
  const server = await rawServer(t, (socket) => {
    socket.on('data', () => {
      if (++requests === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      else socket.resetAndDestroy();
    });
  });
  const get = fetcherFor(t);
  response(await get(`${server.origin}/1`));
  const second = failure(await get(`${server.origin}/2`, {}, { method: 'POST', body: 'x', repeatable: false }));
  assert.deepEqual([second.verdict, second.retryable, requests], ['reset', false, 2]);
});

test('a request that must not be repeated may be retried if it was never sent', async (t) => {
  const get = fetcherFor(t, { resolveHost: (_name, answer) => answer(Object.assign(new Error('again'), { code: 'EAI_AGAIN' }), []) });
  const result = failure(await get('http://nowhere.example/', {}, { method: 'POST', body: 'x', repeatable: false }));
  assert.deepEqual([result.verdict, result.retryable], ['dns', true]);
});

test('an abort reports whether a request that must not be repeated was sent', async (t) => {
  const server = await echo(t, () => {});
  const get = fetcherFor(t);
  const controller = new AbortController();
  const pending = get(`${server.origin}/`, {}, { method: 'POST', body: 'x', repeatable: false, signal: controller.signal });
  await until(() => server.seen.length === 1, 'the request has arrived');
  controller.abort();
  assert.deepEqual(await pending, { kind: 'aborted', sent: true });
});

test('HEAD requests share a connection, and an unexpected body never becomes another response', async (t) => {
  const server = await echo(t, (_request, out) => out.end('a page'));
  const get = fetcherFor(t);
  for (let i = 0; i < 5; i++) assert.equal(response(await get(`${server.origin}/${i}`, {}, { method: 'HEAD' })).status, 200);
  assert.equal(server.connections, 1);

  let asked = 0;
  const wrong = await rawServer(t, (socket) =>
    socket.on('data', () => socket.write(`HTTP/1.1 20${asked++} OK\r\ncontent-length: 4\r\n\r\nbody`)),
  );
  for (let i = 0; i < 5; i++) assert.equal(response(await get(`${wrong.origin}/${i}`, {}, { method: 'HEAD' })).status, 200 + i);
});
