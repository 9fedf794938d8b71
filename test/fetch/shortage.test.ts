import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFetcher } from '../../src/fetch/fetcher.ts';
import { ownShortage, type ShortageWatch } from '../../src/fetch/own-shortage.ts';
import { duringShortage, shortageCode } from '../../src/model/shortage.ts';
import { runOptions } from '../contracts/crew.ts';
import { startSite } from '../helpers/site.ts';

function systemError(code: string, address = '127.0.0.1'): Error {
  return Object.assign(new Error(code), { code, address });
}

test('distinguishes shortages of this machine from failures of a server, however the error is wrapped', () => {
  for (const code of ['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EAGAIN']) {
    assert.equal(ownShortage(systemError(code)), code);
    assert.equal(ownShortage(new Error('fetch failed', { cause: systemError(code) })), code);
    const several = Object.assign(new AggregateError([systemError('ECONNREFUSED'), systemError(code)]), { code: 'ECONNREFUSED' });
    assert.equal(ownShortage(several), code);
  }
  for (const error of [systemError('ECONNREFUSED'), systemError('ENOTFOUND'), new Error('x'), 'EMFILE', undefined])
    assert.equal(ownShortage(error), undefined);
  assert.equal(
    shortageCode(systemError('EMFILE'), () => true),
    undefined,
  );
});

test('on a machine without IPv6, EADDRNOTAVAIL for an IPv6 host is not a lack of ports', () => {
  const error = systemError('EADDRNOTAVAIL', '2001:db8::1');
  const hasGlobalIPv6 = ownShortage(error) !== undefined;
  // On a machine with an IPv6 address, it may be a lack of ports. Either result is correct on some machine, but IPv4 is
  // never mistaken for IPv6.
  const several = Object.assign(new AggregateError([error, systemError('ECONNREFUSED')]), { code: 'EADDRNOTAVAIL' });
  assert.equal(ownShortage(several), hasGlobalIPv6 ? 'EADDRNOTAVAIL' : undefined);
});

test('a fetch for which the machine lacks resources is aborted, is not a failure, and is reported to the watch', async (t) => {
  const site = await startSite();
  t.after(() => site.close());
  const told: string[] = [];
  const shortages: ShortageWatch = {
    failed: (code, host) => {
      told.push(`${code} ${host}`);
      return told.length > 1 ? 'final' : 'wait';
    },
    sent: (host) => void told.push(`sent ${host()}`),
  };
  const fetcher = createFetcher({ shortages, resolveHost: (_, answer) => answer(systemError('EMFILE'), []) });
  t.after(() => fetcher.close());
  const get = (url: string) =>
    fetcher.fetch({ url, method: 'GET', options: runOptions({ privateAddresses: 'allow' }) }, AbortSignal.timeout(10_000));
  const first = await get('http://a.test/');
  assert.ok(first.kind === 'aborted');
  assert.equal(first.shortage?.code, 'EMFILE');
  assert.equal(first.shortage?.isFinal, undefined);
  assert.equal((await get(`${site.origin}/get`)).kind, 'response');
  assert.equal((await get(`${site.origin}/get`)).kind, 'response', 'over the connection that was kept');
  const last = await get('http://a.test/');
  assert.ok(last.kind === 'aborted');
  assert.equal(last.shortage?.isFinal, true);
  assert.deepEqual(told, ['EMFILE a.test:80', `sent 127.0.0.1:${site.port}`, `sent 127.0.0.1:${site.port}`, 'EMFILE a.test:80']);
});

test('closes idle connections to stay within the limit', async (t) => {
  const sites = await Promise.all([1, 2, 3, 4].map(() => startSite()));
  t.after(() => Promise.all(sites.map((site) => site.close())));
  const fetcher = createFetcher({ maxConnections: 2 });
  t.after(() => fetcher.close());
  const get = async ({ origin }: { origin: string }) =>
    (
      await fetcher.fetch(
        { url: `${origin}/get`, method: 'GET', options: runOptions({ privateAddresses: 'allow' }) },
        AbortSignal.timeout(10_000),
      )
    ).kind;
  for (const site of sites) assert.equal(await get(site), 'response');
  // Only the connections of the last two were kept.
  for (const site of [...sites].reverse()) assert.equal(await get(site), 'response');
  assert.deepEqual(
    sites.map(({ connections }) => connections),
    [2, 2, 1, 1],
  );
});

test('repeats an action that fails for a shortage, and passes on any other error', async () => {
  let tries = 0;
  const opened = await duringShortage(async () => {
    tries++;
    if (tries < 3) throw systemError('ENFILE');
    return 'open';
  });
  assert.deepEqual([opened, tries], ['open', 3]);
  await assert.rejects(
    duringShortage(async () => {
      tries++;
      throw systemError('ENOENT');
    }),
    { code: 'ENOENT' },
  );
  assert.equal(tries, 4);
  const stop = new AbortController();
  const waiting = duringShortage(() => Promise.reject(systemError('EMFILE')), stop.signal);
  stop.abort(new Error('stopped'));
  await assert.rejects(waiting, { message: 'stopped' });
});
