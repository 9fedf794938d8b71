import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { test } from 'node:test';
import { DnsCache, type ResolveHost } from '../../../src/fetch/dns/dns-cache.ts';

function lookUp(addresses: DnsCache, hostname: string, guarded: boolean, family = 0): Promise<string[]> {
  return new Promise((resolve, reject) => {
    addresses.lookup(guarded)(hostname, { all: true, family }, (error, found) => {
      if (error) reject(error);
      else resolve((found as LookupAddress[]).map(({ address }) => address));
    });
  });
}

function stub(answers: Record<string, string[]>) {
  const asked: string[] = [];
  const resolve: ResolveHost = (hostname, answer) => {
    asked.push(hostname);
    const found = answers[hostname];
    if (found === undefined) setImmediate(answer, Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
    else
      setImmediate(
        answer,
        null,
        found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
  };
  let nowMs = 0;
  const clock = { wallMs: () => nowMs, monotonicMs: () => nowMs };
  const addresses = new DnsCache(resolve, clock);
  return { addresses, asked, pass: (ms: number) => (nowMs += ms) };
}

test('shares an answer, caches it for a few seconds, and queries again after that', async () => {
  const { addresses, asked, pass } = stub({ a: ['1.1.1.1', '2606:4700::1'] });
  const both = await Promise.all([lookUp(addresses, 'a', true), lookUp(addresses, 'a', false)]);
  assert.deepEqual(both, [
    ['1.1.1.1', '2606:4700::1'],
    ['1.1.1.1', '2606:4700::1'],
  ]);
  pass(4_000);
  await lookUp(addresses, 'a', true);
  assert.deepEqual(asked, ['a']);
  pass(2_000);
  await lookUp(addresses, 'a', true);
  assert.deepEqual(asked, ['a', 'a']);
});

test('caches an answer for its TTL within limits, and a failure only for a moment', async () => {
  const ttls: Record<string, number> = { long: 3_600_000, some: 30_000, none: 0 };
  let asked = 0;
  let nowMs = 0;
  const resolve: ResolveHost = (hostname, answer) => {
    asked++;
    const ttlMs = ttls[hostname];
    if (ttlMs === undefined) setImmediate(answer, Object.assign(new Error('no'), { code: 'ESERVFAIL' }), []);
    else setImmediate(answer, null, [{ address: '192.0.2.1', family: 4 }], ttlMs);
  };
  const addresses = new DnsCache(resolve, { wallMs: () => nowMs, monotonicMs: () => nowMs });
  const isAskedAgainAfter = async (hostname: string, ms: number) => {
    const before = asked;
    nowMs += ms;
    await lookUp(addresses, hostname, false).catch(() => {});
    return asked > before;
  };
  for (const name of ['long', 'some', 'none', 'failing']) await isAskedAgainAfter(name, 0);
  assert.deepEqual([await isAskedAgainAfter('failing', 100), await isAskedAgainAfter('failing', 200)], [false, true]);
  assert.deepEqual([await isAskedAgainAfter('none', 500), await isAskedAgainAfter('none', 600)], [false, true]);
  assert.deepEqual([await isAskedAgainAfter('some', 20_000), await isAskedAgainAfter('some', 11_000)], [false, true]);
  assert.deepEqual([await isAskedAgainAfter('long', 200_000), await isAskedAgainAfter('long', 101_000)], [false, true]);
});

test('refuses a name if one of its addresses is private', async () => {
  const { addresses } = stub({ mixed: ['8.8.8.8', '10.0.0.1'], six: ['::1'] });
  await assert.rejects(lookUp(addresses, 'mixed', true), { code: 'PRIVATE_ADDRESS' });
  await assert.rejects(lookUp(addresses, 'six', true), { code: 'PRIVATE_ADDRESS' });
  assert.deepEqual(await lookUp(addresses, 'mixed', false), ['8.8.8.8', '10.0.0.1']);
});

test('checks a cached answer for each request', async () => {
  const { addresses } = stub({ inside: ['192.168.0.1'] });
  await lookUp(addresses, 'inside', false);
  await assert.rejects(lookUp(addresses, 'inside', true), { code: 'PRIVATE_ADDRESS' });
});

test('a name without an address, or without one of the requested family, is not found', async () => {
  const { addresses, asked } = stub({ four: ['8.8.8.8'], none: [] });
  await assert.rejects(lookUp(addresses, 'nowhere', true), { code: 'ENOTFOUND' });
  await assert.rejects(lookUp(addresses, 'nowhere', true), { code: 'ENOTFOUND' });
  assert.deepEqual(asked, ['nowhere']);
  await assert.rejects(lookUp(addresses, 'four', true, 6), { code: 'ENOTFOUND' });
  await assert.rejects(lookUp(addresses, 'none', true), { code: 'ENOTFOUND' });
});
