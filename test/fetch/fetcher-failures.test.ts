import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import https from 'node:https';
import net from 'node:net';
import { type TestContext, test } from 'node:test';
import { selfSignedCertificate } from '../helpers/self-signed.ts';
import { deadPort, failure, fetcherFor, httpServer, listen, rawServer } from './local-servers.ts';

const DAY_MS = 24 * 60 * 60_000;
const SOON = { connectTimeoutMs: 400, timeoutMs: 5_000 };
const resolveHost = (_name: string, answer: (error: null, addresses: LookupAddress[]) => void) =>
  answer(null, [{ address: '127.0.0.1', family: 4 }]);

/** A proxy that opens any tunnel. */
async function tunnelTo(t: TestContext, port: number): Promise<string> {
  const proxy = net.createServer((socket) => {
    socket.once('data', () => {
      const far = net.connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      far.on('error', () => socket.destroy());
      socket.pipe(far).pipe(socket);
    });
  });
  return (await listen(t, proxy, '127.0.0.1')).origin;
}

test('a refused connection reports the address that refused it, and how long DNS took', async (t) => {
  const result = failure(await fetcherFor(t, { resolveHost })(`http://name.example:${await deadPort()}/`));
  assert.deepEqual([result.verdict, result.remoteAddress, result.error.phase], ['refused', '127.0.0.1', 'connect']);
  assert.ok(result.timings.dnsMs !== undefined && result.timings.connectMs === undefined);
});

test('a name without an address reports how long DNS took', async (t) => {
  const get = fetcherFor(t, { resolveHost: (_name, answer) => answer(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []) });
  const result = failure(await get('http://nowhere.example/'));
  assert.deepEqual([result.verdict, result.error.phase, result.remoteAddress], ['dns', 'dns', undefined]);
  assert.ok(result.timings.dnsMs !== undefined);
});

test('a connection that was closed without a response reports its address and timings', async (t) => {
  const server = await rawServer(t, (socket) => socket.once('data', () => socket.destroy()));
  const result = failure(await fetcherFor(t, { resolveHost })(`http://name.example:${server.port}/`));
  assert.deepEqual([result.verdict, result.remoteAddress, result.error.phase], ['reset', '127.0.0.1', 'answer']);
  assert.ok(result.timings.dnsMs !== undefined && result.timings.connectMs !== undefined);
});

for (const way of ['directly', 'through a proxy'] as const) {
  test(`an expired certificate reports its date, and the connection its address and timings (${way})`, async (t) => {
    const { key, cert } = selfSignedCertificate({ from: '20200101000000Z', to: '20200102000000Z' });
    const server = await listen(
      t,
      https.createServer({ key, cert }, (_request, answer) => answer.end()),
      '127.0.0.1',
    );
    const proxies = way === 'directly' ? {} : { all: await tunnelTo(t, server.port) };
    const result = failure(await fetcherFor(t, { proxies })(`https://127.0.0.1:${server.port}/`));
    assert.deepEqual([result.verdict, result.remoteAddress, result.error.phase], ['tls', '127.0.0.1', 'tls']);
    assert.equal(result.certificateExpiry?.atMs, Date.UTC(2020, 0, 2));
    assert.ok(result.finishedAtMs - (result.certificateExpiry?.atMs ?? 0) > DAY_MS);
    assert.ok(result.timings.connectMs !== undefined && result.timings.tlsMs !== undefined);
    assert.equal(result.timings.proxyMs !== undefined, way === 'through a proxy');
  });
}

test('a timeout names the phase that did not end, and keeps the timings before it', async (t) => {
  const silent = await rawServer(t, () => {});
  const dns = failure(await fetcherFor(t, { resolveHost: () => {} })('https://slow.example/', SOON));
  assert.deepEqual([dns.error.code, dns.error.phase], ['CONNECT_TIMEOUT', 'dns']);
  assert.match(dns.error.message, /no address for slow\.example:443 within 400 ms/);

  const tls = failure(await fetcherFor(t, { resolveHost })(`https://name.example:${silent.port}/`, SOON));
  assert.deepEqual([tls.error.code, tls.error.phase, tls.remoteAddress], ['CONNECT_TIMEOUT', 'tls', '127.0.0.1']);
  assert.match(tls.error.message, /no TLS handshake with name\.example/);
  assert.ok(tls.timings.dnsMs !== undefined && tls.timings.connectMs !== undefined && tls.timings.tlsMs === undefined);

  const proxy = failure(await fetcherFor(t, { proxies: { all: silent.origin } })('https://far.example/', SOON));
  assert.deepEqual([proxy.error.code, proxy.error.phase, proxy.remoteAddress], ['CONNECT_TIMEOUT', 'proxy', '127.0.0.1']);

  const answer = failure(await fetcherFor(t)(silent.origin, { timeoutMs: 500 }));
  assert.deepEqual([answer.error.code, answer.error.phase, answer.remoteAddress], ['TIMEOUT', 'answer', '127.0.0.1']);
  assert.ok(answer.timings.connectMs !== undefined);
});

test('a body that was cut off reports its type and how much of it arrived', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 9\r\n\r\n';
  const cutting = await rawServer(t, (socket) => socket.once('data', () => socket.end(`${head}12345`)));
  const stalling = await rawServer(t, (socket) => socket.once('data', () => socket.write(`${head}12345`)));
  for (const [server, verdict, timeoutMs] of [
    [cutting, 'reset', 20_000],
    [stalling, 'timeout', 500],
  ] as const) {
    const { status, contentType, sizeBytes, wireBytes, error, ...rest } = failure(
      await fetcherFor(t)(server.origin, { timeoutMs }, { keepContent: true }),
    );
    assert.deepEqual([rest.verdict, status, contentType, sizeBytes, wireBytes, error.phase], [verdict, 200, 'text/plain', 5, 5, 'body']);
  }
});

test('failures that are not of the connection have no phase', async (t) => {
  const server = await httpServer(t, (_request, answer) => answer.writeHead(302, { location: '/' }).end('elsewhere'));
  const result = failure(await fetcherFor(t)(`${server.origin}/`));
  assert.equal(result.verdict, 'too-many-redirects');
  assert.deepEqual(['phase' in result.error, 'sizeBytes' in result], [false, false]);
});
