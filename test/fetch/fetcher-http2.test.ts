import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { gzipSync } from 'node:zlib';
import { otherManner } from '../../src/fetch/connection/origin-manners.ts';
import { selfSignedCertificate } from '../helpers/self-signed.ts';
import { failure, fetcherFor, listen, response } from './local-servers.ts';

/** A server that speaks only HTTP/2, and the requests that it received. */
async function http2Server(t: TestContext) {
  const { key, cert } = selfSignedCertificate();
  const seen: Array<{ method: string; path: string; body: string; cookie: string | undefined }> = [];
  const server = http2.createSecureServer({ key, cert, allowHTTP1: false }, (request, answer) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      seen.push({ method: request.method, path: request.url, body, cookie: request.headers.cookie });
      if (request.url === '/away') answer.writeHead(302, { location: '/end', 'set-cookie': ['a=1', 'b=2'] }).end();
      else if (request.url === '/gzip') answer.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('zipped'));
      else if (request.url === '/large') answer.end(Buffer.alloc(500_000));
      else if (request.url === '/reset') answer.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
      else if (request.url !== '/silent') answer.writeHead(request.url === '/gone' ? 404 : 200, { 'content-type': 'text/plain' }).end('h2');
    });
  });
  const { port } = await listen(t, server, '127.0.0.1');
  return { origin: `https://127.0.0.1:${port}`, seen };
}

const INSECURE = { insecure: true };

test('falls back to HTTP/2 for a server that refuses HTTP/1.1, and uses it directly for further URLs', async (t) => {
  const { origin, seen } = await http2Server(t);
  const get = fetcherFor(t);
  const told = async (path: string, method = 'GET') => {
    const { status, sizeBytes, requests, httpVersion } = response(await get(origin + path, INSECURE, { method }));
    return [status, sizeBytes, requests, httpVersion];
  };
  assert.deepEqual(await told('/a?b'), [200, 2, 2, '2']);
  assert.deepEqual(await told('/gone'), [404, 2, 1, '2']);
  assert.deepEqual(await told('/gzip'), [200, 6, 1, '2']);
  assert.deepEqual(await told('/a', 'HEAD'), [200, 0, 1, '2']);
  assert.deepEqual(await told('/away'), [200, 2, 2, '2']);
  assert.deepEqual(seen.at(-1), { method: 'GET', path: '/end', body: '', cookie: 'a=1; b=2' });
  assert.equal(response(await get(`${origin}/a`, INSECURE)).contentType, 'text/plain');
});

test('drops headers of the run that HTTP/2 does not allow', async (t) => {
  const { origin } = await http2Server(t);
  const headers = [
    ['Connection', 'keep-alive'],
    ['TE', 'gzip'],
    ['Host', 'named.test'],
  ] as const;
  const get = fetcherFor(t);
  for (const path of ['/a', '/b']) assert.equal(response(await get(origin + path, { ...INSECURE, headers })).status, 200);
});

test('a server that negotiates HTTP/2 and speaks something else is a failure', async (t) => {
  const { key, cert } = selfSignedCertificate();
  const server = tls.createServer({ key, cert, ALPNProtocols: ['h2'] }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  });
  const { port } = await listen(t, server, '127.0.0.1');
  const result = failure(await fetcherFor(t)(`https://127.0.0.1:${port}/`, INSECURE));
  assert.deepEqual([result.verdict, result.requests], ['protocol', 2]);
});

test('sends a request that must not be repeated, because the first connection carried none', async (t) => {
  const { origin, seen } = await http2Server(t);
  const result = response(await fetcherFor(t)(`${origin}/p`, INSECURE, { method: 'POST', body: 'text', repeatable: false }));
  assert.deepEqual([result.status, seen], [200, [{ method: 'POST', path: '/p', body: 'text', cookie: undefined }]]);
});

test('limits, timeouts, certificate checks and failures work as for other servers', async (t) => {
  const { origin } = await http2Server(t);
  const get = fetcherFor(t);
  const large = response(await get(`${origin}/large`, { ...INSECURE, maxBodyBytes: 1_000 }));
  assert.deepEqual([large.sizeBytes, large.truncated], [1_000, true]);
  assert.equal(failure(await get(`${origin}/silent`, { ...INSECURE, timeoutMs: 200 })).verdict, 'timeout');
  const reset = failure(await get(`${origin}/reset`, INSECURE));
  assert.deepEqual([reset.verdict, reset.httpVersion], ['reset', '2']);
  const untrusted = failure(await get(`${origin}/`));
  assert.deepEqual([untrusted.verdict, untrusted.tlsProblem], ['tls', 'self-signed']);
  const denied = failure(await get(origin, { ...INSECURE, privateAddresses: 'deny' }));
  assert.equal(denied.verdict, 'private-address');
});

test('uses HTTP/2 for a server that starts speaking it unprompted, over TLS only', () => {
  const place = { host: 'a.test:443', headersArrived: false };
  const parserError = (data: string, message = 'Expected HTTP/') => Object.assign(new Error(message), { name: 'HTTPParserError', data });
  const settings = parserError('\0\0\x12\x04\0\0\0\0\0');
  assert.equal(otherManner(settings, true, place), 'http2');
  assert.equal(otherManner(settings, false, place), undefined);
  assert.equal(otherManner(parserError('SSH-2.0'), true, place), undefined);
  assert.equal(otherManner(parserError('HTTP/1.1 200', 'Missing expected CR'), true, place), 'tolerant');
});
