import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { selfSignedCertificate } from '../helpers/self-signed.ts';
import { TYPESCRIPT_FLAGS } from '../helpers/typescript-flags.ts';
import { DEADLINE_MS } from '../helpers/until.ts';
import { failure, fetcherFor, httpServer, listen, rawServer, response } from './local-servers.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

test('URLs of an origin share connections, one per concurrent fetch', async (t) => {
  const server = await httpServer(t, (_request, answer) => setTimeout(() => answer.end('x'), 20));
  const get = fetcherFor(t);
  for (let i = 0; i < 20; i++) response(await get(`${server.origin}/${i}`));
  assert.equal(server.connections, 1);
  await Promise.all(Array.from({ length: 5 }, (_, i) => get(`${server.origin}/${i}`)));
  assert.equal(server.connections, 5);
});

test('works with a server that closes the connection after each response', async (t) => {
  const server = await httpServer(t, (_request, answer) => answer.writeHead(200, { connection: 'close' }).end('x'));
  const get = fetcherFor(t);
  for (let i = 0; i < 10; i++) {
    const result = response(await get(`${server.origin}/${i}`));
    assert.equal(result.requests, 1);
    assert.ok(result.timings.connectMs !== undefined);
  }
  assert.equal(server.connections, 10);
});

test('retries once on a new connection if a kept one is closed while it is used', async (t) => {
  let closings = 0;
  const server = await rawServer(t, (socket) => {
    let requests = 0;
    socket.on('data', () => {
      if (++requests === 1) socket.write(OK);
      else {
        closings++;
        socket.resetAndDestroy();
      }
    });
  });
  const get = fetcherFor(t);
  response(await get(`${server.origin}/1`));
  const second = response(await get(`${server.origin}/2`));
  assert.deepEqual([second.status, second.requests, closings, server.connections], [200, 2, 1, 2]);
  assert.ok(second.timings.connectMs !== undefined);
});

/**
 * A server that closes connections without announcing it. It runs in its own thread: in this one it could only close
 * before or after a whole turn of the event loop.
 */
async function closingServer(t: TestContext, closes: 'at-once' | 'at-random', tls?: { key: Buffer; cert: Buffer }): Promise<string> {
  const worker = new Worker(new URL('./closing-server.mjs', import.meta.url), { workerData: { closes, tls, seed: 7 }, execArgv: [] });
  t.after(() => worker.terminate());
  const [port] = await once(worker, 'message');
  return `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
}

/** A proxy that opens any tunnel. */
async function tunnelProxy(t: TestContext): Promise<string> {
  const proxy = net.createServer((socket) => {
    socket.once('data', (connect) => {
      const [, host, port] = /^CONNECT ([^:]+):(\d+)/.exec(connect.toString('latin1')) ?? [];
      const far = net.connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      far.on('error', () => socket.destroy());
      socket.pipe(far).pipe(socket);
    });
  });
  return (await listen(t, proxy, '127.0.0.1')).origin;
}

for (const way of ['http', 'https', 'a proxy'] as const) {
  test(`a request that must not be repeated arrives once at a server that closes connections at any time (${way})`, async (t) => {
    const { key, cert } = selfSignedCertificate();
    const proxies = way === 'a proxy' ? { all: await tunnelProxy(t) } : {};
    const get = fetcherFor(t, { proxies });
    for (const closes of ['at-once', 'at-random'] as const) {
      const server = await closingServer(t, closes, way === 'http' ? undefined : { key, cert });
      const urls = Array.from({ length: way === 'http' ? 60 : 20 }, (_, i) => `/${i}`);
      for (const url of urls) {
        const result = response(await get(server + url, { insecure: true }, { method: 'POST', body: '{}', repeatable: false }));
        assert.equal(result.requests, 1);
      }
      const arrived = response(await get(`${server}/arrived`, { insecure: true }, { keepContent: true })).content?.body.toString();
      assert.deepEqual(JSON.parse(arrived ?? ''), Object.fromEntries(urls.map((url) => [url, 1])));
    }
  });
}

for (const secure of [false, true]) {
  test(`does not send a GET on a connection that was closed after the previous response (${secure ? 'https' : 'http'})`, async (t) => {
    const { key, cert } = selfSignedCertificate();
    const server = await closingServer(t, 'at-once', secure ? { key, cert } : undefined);
    const get = fetcherFor(t);
    let requests = 0;
    for (let i = 0; i < 40; i++) requests += response(await get(`${server}/${i}`, { insecure: true })).requests;
    assert.ok(requests <= 41, `${requests} requests for 40 URLs`);
  });
}

test('does not retry a second time', async (t) => {
  let connections = 0;
  const server = await rawServer(t, (socket) => {
    let requests = 0;
    connections++;
    socket.on('data', () => {
      if (connections === 1 && ++requests === 1) socket.write(OK);
      else socket.resetAndDestroy();
    });
  });
  const get = fetcherFor(t);
  response(await get(`${server.origin}/1`));
  const second = failure(await get(`${server.origin}/2`));
  assert.deepEqual([second.verdict, second.requests, server.connections], ['reset', 2, 2]);
});

test('does not retry if a kept connection breaks within a response', async (t) => {
  const server = await rawServer(t, (socket) => {
    let requests = 0;
    socket.on('data', () => {
      if (++requests === 1) socket.write(OK);
      else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab');
    });
  });
  const get = fetcherFor(t);
  response(await get(`${server.origin}/1`));
  const second = failure(await get(`${server.origin}/2`));
  assert.deepEqual([second.verdict, second.status, second.requests], ['reset', 200, 1]);
});

test('data that a server sends after its response never becomes the response to the next URL', async (t) => {
  const poison = 'HTTP/1.1 202 Accepted\r\ncontent-length: 6\r\n\r\npoison';
  const atOnce = await rawServer(t, (socket) => socket.on('data', () => socket.write(OK + poison)));
  const later = await rawServer(t, (socket) =>
    socket.on('data', () => {
      socket.write(OK);
      setImmediate(() => socket.write(poison));
    }),
  );
  const get = fetcherFor(t);
  for (const server of [atOnce, later]) {
    for (let i = 0; i < 10; i++) {
      assert.equal(response(await get(`${server.origin}/${i}`)).status, 200);
      if (server === later) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
});

test('limits the idle connections of all origins together', async (t) => {
  const origins = 400;
  const server = await httpServer(t, (_request, answer) => answer.end('x'), '0.0.0.0');
  const get = fetcherFor(t);
  for (let at = 0; at < origins; at += 20) {
    const batch = Array.from({ length: 20 }, (_, i) =>
      get(`http://127.0.${Math.floor((at + i) / 200)}.${1 + ((at + i) % 200)}:${server.port}/`),
    );
    for (const result of await Promise.all(batch)) response(result);
  }
  assert.equal(server.connections, origins);
  // At most 256 idle and 20 busy connections. The server may notice a close slightly later.
  assert.ok(server.peak <= 330, `${server.peak} connections were open at a time`);
});

test('reaches a host with a dead and a live address', async (t) => {
  const server = await httpServer(t, (_request, answer) => answer.end('x'));
  const get = fetcherFor(t, {
    resolveHost: (_hostname, answer) =>
      answer(null, [
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ]),
  });
  assert.equal(response(await get(`http://both.example:${server.port}/`)).remoteAddress, '127.0.0.1');
});

test("sends http requests to an HTTP proxy with an absolute URL, and the proxy's credentials only to the proxy", async (t) => {
  let seen: unknown[] = [];
  const proxy = await httpServer(t, (request, answer) => {
    seen = [request.url, request.headers.host, request.headers['proxy-authorization']];
    answer.end('via');
  });
  const get = fetcherFor(t, { proxies: { all: `http://pu:pp@127.0.0.1:${proxy.port}` } });
  const result = response(await get('http://far.example/a?b'));
  assert.equal(result.sizeBytes, 3);
  assert.deepEqual(seen, ['http://far.example/a?b', 'far.example', `Basic ${Buffer.from('pu:pp').toString('base64')}`]);
});

test('reports an HTTP proxy that refuses a tunnel, and sends TLS through one that opens it', async (t) => {
  const refusing = await rawServer(t, (socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')),
  );
  const refused = failure(await fetcherFor(t, { proxies: { all: refusing.origin } })('https://far.example/'));
  assert.deepEqual([refused.verdict, refused.error.code], ['protocol', 'PROXY_REFUSED']);
  assert.match(refused.error.message, /far\.example:443 with status 407/);

  let first = '';
  let firstOctet: number | undefined;
  const opening = net.createServer((socket) => {
    socket.once('data', (connect) => {
      first = connect.toString('latin1').split('\r\n', 1)[0] ?? '';
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.once('data', (hello) => {
        firstOctet = hello[0];
        socket.destroy();
      });
    });
  });
  const tunnel = await listen(t, opening, '127.0.0.1');
  const result = failure(await fetcherFor(t, { proxies: { all: tunnel.origin } })('https://far.example/'));
  assert.equal(first, 'CONNECT far.example:443 HTTP/1.1');
  assert.equal(firstOctet, 0x16, 'a TLS handshake record');
  assert.equal(result.verdict, 'reset');
});

test('only requests in progress keep the process alive', async (t) => {
  const server = await httpServer(t, (_request, answer) => answer.end('x'));
  const fetcherUrl = new URL('../../src/fetch/fetcher.ts', import.meta.url).href;
  const helperUrl = new URL('./local-servers.ts', import.meta.url).href;
  const script = `
    const { createFetcher } = await import(${JSON.stringify(fetcherUrl)});
    const { runOptions } = await import(${JSON.stringify(helperUrl)});
    const result = await createFetcher().fetch({ url: ${JSON.stringify(server.origin)}, method: 'GET', options: runOptions() }, new AbortController().signal);
    process.stdout.write(result.kind);`;
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, [...TYPESCRIPT_FLAGS, '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk) => (printed += chunk));
  const limit = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  const [code] = await once(child, 'close');
  clearTimeout(limit);
  assert.deepEqual([printed, code], ['response', 0]);
});
