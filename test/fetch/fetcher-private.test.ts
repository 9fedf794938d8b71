import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { test } from 'node:test';
import type { PrivateAddresses } from '../../src/model/run-options.ts';
import { failure, fetcherFor, httpServer, response } from './local-servers.ts';

const LOOPBACK: LookupAddress = { address: '127.0.0.1', family: 4 };

test('deny refuses private addresses in whatever form they are written', async (t) => {
  const canary = await httpServer(t, (_request, answer) => answer.end());
  const get = fetcherFor(t, { resolveHost: (_hostname, answer) => answer(null, [LOOPBACK]) });
  for (const host of [
    '127.0.0.1',
    '127.1',
    '0x7f000001',
    '2130706433',
    '[::ffff:127.0.0.1]',
    '[::1]',
    '0.0.0.0',
    'localhost',
    'inside.example',
    'localhost.',
  ]) {
    const url = new URL(`http://${host}:${canary.port}/`);
    const result = failure(await get(url.href, { privateAddresses: 'deny' }, { namedHost: url.hostname }));
    assert.deepEqual([result.verdict, result.error.code, result.retryable], ['private-address', 'PRIVATE_ADDRESS', false], host);
    assert.match(result.error.message, /refused by --private deny$/);
  }
  assert.equal(canary.connections, 0);
});

test('seeds allows them only on the named host', async (t) => {
  const canary = await httpServer(t, (_request, answer) => answer.end());
  const get = fetcherFor(t, { resolveHost: (_hostname, answer) => answer(null, [LOOPBACK]) });
  const named = `http://named.example:${canary.port}/`;
  const other = `http://other.example:${canary.port}/`;
  response(await get(named, { privateAddresses: 'seeds' }, { namedHost: 'named.example' }));
  assert.equal(failure(await get(other, { privateAddresses: 'seeds' }, { namedHost: 'named.example' })).verdict, 'private-address');
  assert.equal(failure(await get(named, { privateAddresses: 'seeds' })).verdict, 'private-address');
  assert.equal(canary.connections, 1);
});

test('a connection to a private address is not reused for a request that may not reach it', async (t) => {
  const canary = await httpServer(t, (_request, answer) => answer.end());
  const get = fetcherFor(t, { resolveHost: (_hostname, answer) => answer(null, [LOOPBACK]) });
  const url = `http://host.example:${canary.port}/`;
  let requests = 0;
  for (const privateAddresses of ['allow', 'deny', 'allow', 'seeds'] as const) {
    const result = await get(url, { privateAddresses });
    if (result.kind === 'response') requests++;
  }
  assert.deepEqual([requests, canary.connections], [2, 1]);
});

test('checks each redirect', async (t) => {
  const canary = await httpServer(t, (_request, answer) => answer.end());
  const seed = await httpServer(t, (request, answer) =>
    answer.writeHead(302, { location: `http://${request.url?.slice(1)}:${canary.port}/` }).end(),
  );
  const get = fetcherFor(t, { resolveHost: (_hostname, answer) => answer(null, [LOOPBACK]) });
  for (const host of ['127.0.0.2', 'inside.example', '[::1]', '0177.0.0.3']) {
    const result = failure(await get(`${seed.origin}/${host}`, { privateAddresses: 'seeds' }, { namedHost: '127.0.0.1' }));
    assert.equal(result.verdict, 'private-address', host);
    assert.equal(result.status, 302);
  }
  assert.equal(canary.connections, 0);
});

test('refuses a name that rebinds to a private address (DNS rebinding)', async (t) => {
  const canary = await httpServer(t, (_request, answer) => answer.end());
  const answers: LookupAddress[][] = [[{ address: '8.8.8.8', family: 4 }, LOOPBACK], [LOOPBACK]];
  const get = fetcherFor(t, { resolveHost: (hostname, answer) => answer(null, answers[Number(hostname.slice(1, 2))] ?? []) });
  for (const host of ['n0.example', 'n1.example']) {
    const result = failure(await get(`http://${host}:${canary.port}/`, { privateAddresses: 'seeds' }));
    assert.equal(result.verdict, 'private-address');
  }
  assert.equal(canary.connections, 0);
});

test('the limit of the worker overrides the run', async (t) => {
  const canary = await httpServer(t, (_request, answer) => answer.end());
  const table: ReadonlyArray<readonly [ceiling: PrivateAddresses, run: PrivateAddresses, reached: boolean]> = [
    ['deny', 'allow', false],
    ['seeds', 'allow', true],
    ['allow', 'deny', false],
    ['allow', 'allow', true],
  ];
  for (const [privateCeiling, privateAddresses, reached] of table) {
    const get = fetcherFor(t, { privateCeiling });
    const result = await get(canary.origin, { privateAddresses }, { namedHost: '127.0.0.1' });
    assert.equal(result.kind, reached ? 'response' : 'failure', `${privateCeiling} over ${privateAddresses}`);
  }
});
