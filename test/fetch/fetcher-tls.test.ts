import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { after, before, type TestContext, test } from 'node:test';
import type { FetchResult } from '../../src/fetch/fetch-result.ts';
import type { FetcherOptions } from '../../src/fetch/fetcher.ts';
import type { RunOptions } from '../../src/model/run-options.ts';
import { selfSignedCertificate, type Validity } from '../helpers/self-signed.ts';
import { TYPESCRIPT_FLAGS } from '../helpers/typescript-flags.ts';
import { deadPort, failure, fetcherFor, httpServer, type LocalServer, listen, rawServer, response } from './local-servers.ts';
import type { Order } from './trusting-child.ts';

const PAST = { from: '20200101000000Z', to: '20200102000000Z' };
const FUTURE = { from: '20990101000000Z', to: '20990102000000Z' };

/** A server for 127.0.0.1 and localhost with a self-signed certificate, which only the trusting process accepts. */
async function selfSigned(t: TestContext, validity?: Validity): Promise<LocalServer> {
  const { key, cert } = selfSignedCertificate(validity);
  return listen(
    t,
    https.createServer({ key, cert }, (_request, answer) => answer.end('secret')),
    '0.0.0.0',
  );
}

/** Node reads its trusted certificates at startup, so a separate process trusts them. */
let trusting: ChildProcess;
before(() => {
  const { file } = selfSignedCertificate();
  const all = `${file}.all`;
  writeFileSync(all, Buffer.concat([undefined, PAST, FUTURE].map((validity) => selfSignedCertificate(validity).cert)));
  trusting = fork(new URL('./trusting-child.ts', import.meta.url), {
    execArgv: [...TYPESCRIPT_FLAGS],
    env: { ...process.env, NODE_EXTRA_CA_CERTS: all },
  });
});
after(() => trusting.kill('SIGKILL'));

/** Fetches the URLs in order, with a new fetcher, in the process that trusts the certificates. */
async function fetchTrusting(urls: string[], options: FetcherOptions = {}, run: Partial<RunOptions> = {}): Promise<FetchResult[]> {
  const order: Order = { urls, options, run };
  trusting.send(order);
  const [results] = await once(trusting, 'message');
  return results;
}

test('fetches from a trusted server over one connection, and times TLS', async (t) => {
  const server = await selfSigned(t);
  const url = `https://127.0.0.1:${server.port}/`;
  const [first, second] = (await fetchTrusting([url, url])).map(response);
  assert.deepEqual([first?.status, first?.sizeBytes, second?.sizeBytes, server.connections], [200, 6, 6, 1]);
  assert.ok((first?.timings.tlsMs ?? -1) > 0 && (first?.timings.connectMs ?? -1) >= 0);
  assert.equal(second?.timings.tlsMs, undefined);
  const daysLeft = ((first?.certificateExpiry?.atMs ?? 0) - Date.now()) / 86_400_000;
  assert.ok(daysLeft > 0.9 && daysLeft <= 1, `${daysLeft} days`);
  assert.equal(second?.certificateExpiry?.atMs, first?.certificateExpiry?.atMs);
});

test('a certificate for another host is a tls failure', async (t) => {
  const server = await selfSigned(t);
  const [result] = (await fetchTrusting([`https://127.0.0.2:${server.port}/`])).map(failure);
  assert.deepEqual([result?.verdict, result?.error.code], ['tls', 'ERR_TLS_CERT_ALTNAME_INVALID']);
});

test('a proxy tunnels TLS without being able to read it', async (t) => {
  const server = await selfSigned(t);
  const connects: string[] = [];
  const proxy = net.createServer((socket) => {
    socket.once('data', (request) => {
      connects.push(request.toString('latin1').split('\r\n', 1)[0] ?? '');
      const onward = net.connect(server.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
      onward.on('error', () => socket.destroy());
    });
  });
  const { origin } = await listen(t, proxy, '127.0.0.1');
  const url = `https://localhost:${server.port}/`;
  const results = (await fetchTrusting([url, url], { proxies: { all: origin } })).map(response);
  assert.deepEqual([results[0]?.sizeBytes, results[1]?.sizeBytes], [6, 6]);
  assert.deepEqual(connects, [`CONNECT localhost:${server.port} HTTP/1.1`]);
});

test('a certificate of an unknown issuer is a tls failure', async (t) => {
  const server = await selfSigned(t);
  const result = failure(await fetcherFor(t)(`https://127.0.0.1:${server.port}/`));
  assert.deepEqual([result.verdict, result.error.code, result.retryable], ['tls', 'DEPTH_ZERO_SELF_SIGNED_CERT', false]);
  assert.match(result.error.message, /127\.0\.0\.1:\d+/);
});

test('a server that speaks plain HTTP instead of TLS is a tls failure', async (t) => {
  const server = await httpServer(t, (_request, answer) => answer.end());
  assert.equal(failure(await fetcherFor(t)(`https://127.0.0.1:${server.port}/`)).verdict, 'tls');
});

test('a server that closes during the handshake is a reset, and a closed port is refused', async (t) => {
  const server = await rawServer(t, (socket) => socket.once('data', () => socket.destroy()));
  assert.equal(failure(await fetcherFor(t)(`https://127.0.0.1:${server.port}/`)).verdict, 'reset');
  assert.equal(failure(await fetcherFor(t)(`https://127.0.0.1:${await deadPort()}/`)).verdict, 'refused');
});

test('names the problem of a certificate, and fetches anyway with insecure', async (t) => {
  const good = await selfSigned(t);
  const past = await selfSigned(t, PAST);
  const future = await selfSigned(t, FUTURE);
  const plain = await httpServer(t, (_request, answer) => answer.end('x'));
  const trusted = async (server: LocalServer, host: string, run: Partial<RunOptions> = {}) =>
    (await fetchTrusting([`https://${host}:${server.port}/`], {}, run))[0] as FetchResult;
  for (const [problem, fetch] of [
    ['wrong-host', (run) => trusted(good, '127.0.0.2', run)],
    ['expired', (run) => trusted(past, '127.0.0.1', run)],
    ['not-yet-valid', (run) => trusted(future, '127.0.0.1', run)],
    ['self-signed', (run) => fetcherFor(t)(`https://127.0.0.1:${good.port}/`, run)],
  ] as ReadonlyArray<readonly [string, (run: Partial<RunOptions>) => Promise<FetchResult>]>) {
    const refused = failure(await fetch({}));
    assert.deepEqual([refused.verdict, refused.tlsProblem], ['tls', problem]);
    const fetched = response(await fetch({ insecure: true }));
    assert.deepEqual([fetched.status, fetched.sizeBytes, fetched.tlsProblem], [200, 6, problem]);
    // The certificate was read, whichever side rejected it.
    assert.ok(refused.certificateExpiry?.atMs !== undefined, problem);
    assert.equal(fetched.certificateExpiry?.atMs, refused.certificateExpiry?.atMs, problem);
  }
  const notTls = failure(await fetcherFor(t)(`https://127.0.0.1:${plain.port}/`, { insecure: true }));
  assert.deepEqual([notTls.verdict, notTls.tlsProblem], ['tls', 'protocol']);
  const sound = response(await trusted(good, '127.0.0.1', { insecure: true }));
  assert.equal(sound.tlsProblem, undefined);
});

test('a connection of an insecure run is never used by another run, and reports its problem each time', async (t) => {
  const server = await selfSigned(t);
  const get = fetcherFor(t);
  const url = `https://127.0.0.1:${server.port}/`;
  for (const _ of [1, 2, 3]) assert.equal(response(await get(url, { insecure: true })).tlsProblem, 'self-signed');
  assert.equal(server.connections, 1);
  assert.equal(failure(await get(url)).tlsProblem, 'self-signed');
});
