import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ResolveHost } from '../../../src/fetch/dns/dns-cache.ts';
import { chooseResolver, type DnsResolverOptions, dnsResolver } from '../../../src/fetch/dns/dns-resolver.ts';
import { SystemNameFiles } from '../../../src/fetch/dns/system-names.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { startDnsServer, type Zone } from '../dns-server.ts';
import { failure, fetcherFor, httpServer, response } from '../local-servers.ts';

/** The result of a lookup: addresses, or the code of the failure. */
function ask(resolve: ResolveHost, hostname: string): Promise<{ addresses: string[]; ttlMs: number | undefined } | string> {
  return new Promise((done) => {
    resolve(hostname, (error, addresses, ttlMs) => {
      done(error === null ? { addresses: addresses.map(({ address }) => address), ttlMs } : (error.code ?? ''));
    });
  });
}

/** A resolver that queries a server with this zone, on a machine with these files. */
async function resolverOf(t: TestContext, zone: Zone, files: { hosts?: string; resolvConf?: string } = {}, more: DnsResolverOptions = {}) {
  const server = await startDnsServer(zone);
  t.after(() => server.close());
  const folder = mkdtempSync(join(tmpdir(), 'trawl-dns-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const paths = { hosts: join(folder, 'hosts'), resolvConf: join(folder, 'resolv.conf') };
  writeFileSync(paths.hosts, files.hosts ?? '');
  writeFileSync(paths.resolvConf, files.resolvConf ?? '');
  const resolve = dnsResolver({ servers: [server.address], names: new SystemNameFiles(systemClock, paths), ...more });
  return { server, ask: (hostname: string) => ask(resolve, hostname) };
}

const hasIPv6 = Object.values(networkInterfaces()).some((all = []) =>
  all.some(({ family, internal, address }) => family === 'IPv6' && !internal && !address.startsWith('fe80:')),
);

test('returns the addresses of a name and their TTL', async (t) => {
  const { ask } = await resolverOf(t, { 'a.test': { a: ['192.0.2.1', '192.0.2.2'], ttl: 7 } });
  assert.deepEqual(await ask('a.test'), { addresses: ['192.0.2.1', '192.0.2.2'], ttlMs: 7_000 });
  assert.deepEqual(await ask('a.test.'), { addresses: ['192.0.2.1', '192.0.2.2'], ttlMs: 7_000 });
});

test('a name that does not exist or has no address is not found, and each family is queried once', async (t) => {
  const { ask, server } = await resolverOf(t, { 'empty.test': {} });
  assert.equal(await ask('gone.test'), 'ENOTFOUND');
  assert.equal(await ask('empty.test'), 'ENOTFOUND');
  assert.deepEqual(server.questions.filter((question) => question === 'A gone.test').length, 1);
});

test('does not take a failing or refusing server for a name that does not exist', async (t) => {
  const { ask, server } = await resolverOf(t, { 'broken.test': { fails: true } });
  assert.equal(await ask('broken.test'), 'ESERVFAIL');
  const refusing = dnsResolver({ servers: [server.address.replace(/\d+$/, '1')] });
  assert.equal(await ask('broken.test'), 'ESERVFAIL');
  assert.equal(await new Promise((done) => refusing('x.test', (error) => done(error?.code))), 'DNS_REFUSED');
});

test('a missing answer for IPv6 does not delay an IPv4 address', { skip: hasIPv6 ? false : 'this machine has no IPv6' }, async (t) => {
  const { ask } = await resolverOf(t, { 'a.test': { a: ['192.0.2.1'], silent: 'aaaa' } });
  assert.deepEqual(await ask('a.test'), { addresses: ['192.0.2.1'], ttlMs: 60_000 });
});

test('IPv6 addresses come first if the machine has IPv6', { skip: hasIPv6 ? false : 'this machine has no IPv6' }, async (t) => {
  const { ask } = await resolverOf(t, { 'a.test': { a: ['192.0.2.1'], aaaa: ['2001:db8::1'], ttl: 9 } });
  assert.deepEqual(await ask('a.test'), { addresses: ['2001:db8::1', '192.0.2.1'], ttlMs: 9_000 });
});

test('the hosts file overrides DNS, and localhost is this machine', async (t) => {
  const hosts = '# comment\n10.0.0.5 intra.test Intra # more\n2001:db8::5\tintra.test\nnot-an-address x.test\n';
  const { ask, server } = await resolverOf(t, { 'intra.test': { a: ['192.0.2.1'] } }, { hosts });
  assert.deepEqual(await ask('INTRA.test'), { addresses: ['10.0.0.5', '2001:db8::5'], ttlMs: 5_000 });
  assert.deepEqual(await ask('intra'), { addresses: ['10.0.0.5'], ttlMs: 5_000 });
  assert.deepEqual(await ask('localhost'), { addresses: ['127.0.0.1', '::1'], ttlMs: 5_000 });
  assert.deepEqual(await ask('app.localhost'), { addresses: ['127.0.0.1', '::1'], ttlMs: 5_000 });
  assert.deepEqual(server.questions, []);
});

test('tries search domains according to resolv.conf', async (t) => {
  const zone = { 'db.corp.test': { a: ['192.0.2.1'] }, 'db.x.corp.test': { a: ['192.0.2.2'] }, 'www.test': { a: ['192.0.2.3'] } };
  const { ask, server } = await resolverOf(t, zone, {
    resolvConf: 'domain other.test\nsearch sub.test corp.test\noptions timeout:2 ndots:1\n',
  });
  const shown = async (name: string) => {
    const found = await ask(name);
    return typeof found === 'string' ? found : found.addresses.join();
  };
  assert.equal(await shown('db'), '192.0.2.1');
  assert.equal(await shown('db.x'), '192.0.2.2');
  assert.equal(await shown('www.test'), '192.0.2.3');
  assert.equal(await shown('db.'), 'ENOTFOUND');
  const asked = server.questions.filter((question) => question.startsWith('A '));
  assert.deepEqual(asked, ['A db.sub.test', 'A db.corp.test', 'A db.x', 'A db.x.sub.test', 'A db.x.corp.test', 'A www.test', 'A db']);
});

test('asks the system for a name without a dot, or below .local, that DNS does not know', async (t) => {
  const asked: string[] = [];
  const system: ResolveHost = (hostname, answer) => {
    asked.push(hostname);
    answer(null, [{ address: '192.0.2.9', family: 4 }]);
  };
  const { ask } = await resolverOf(t, {}, {}, { system });
  for (const name of ['printer.local', 'nas', 'gone.test']) await ask(name);
  assert.deepEqual(asked, ['printer.local', 'nas']);
});

test('a fetcher queries the given servers, with many names at a time', async (t) => {
  const { port } = await httpServer(t, (_request, answer) => answer.end('here'));
  const names = Array.from({ length: 100 }, (_, index) => `h${index}.many.test`);
  const server = await startDnsServer(Object.fromEntries(names.map((name) => [name, { a: ['127.0.0.1'] }])));
  t.after(() => server.close());
  const get = fetcherFor(t, { resolver: [server.address] });
  for (const result of await Promise.all(names.map((name) => get(`http://${name}:${port}/`)))) assert.equal(response(result).status, 200);
  const { verdict, retryable, error } = failure(await get(`http://gone.test:${port}/`));
  assert.deepEqual([verdict, retryable, error.code], ['dns', false, 'ENOTFOUND']);
});

test('the system resolver can be chosen', async () => {
  const found = await ask(chooseResolver('system'), 'localhost');
  assert.ok(
    typeof found === 'object' && found.addresses.some((address) => address === '127.0.0.1' || address === '::1'),
    JSON.stringify(found),
  );
});
