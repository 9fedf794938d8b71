import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { specialAddress } from '../../../src/fetch/dns/special-address.ts';

const CORPUS = new URL('../../../../shared/corpora/ssrf-addresses.json', import.meta.url);

const PUBLIC = [
  '8.8.8.8',
  '1.0.0.0',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.0.1.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2001:200::1',
  '2001:4860:4860::8888',
  '2003::1',
  '::ffff:8.8.8.8',
];

const SPECIAL: ReadonlyArray<readonly [string, string]> = [
  ['0.0.0.0', 'this network'],
  ['0.255.255.255', 'this network'],
  ['10.0.0.1', 'private use'],
  ['100.64.0.1', 'carrier-grade NAT'],
  ['127.0.0.1', 'loopback'],
  ['169.254.169.254', 'link-local'],
  ['172.31.255.255', 'private use'],
  ['192.0.0.192', 'IETF protocol assignments'],
  ['192.88.99.1', '6to4 relay'],
  ['192.168.1.1', 'private use'],
  ['198.19.255.255', 'benchmarking'],
  ['224.0.0.1', 'multicast'],
  ['255.255.255.255', 'reserved'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['0:0:0:0:0:0:0:1', 'loopback'],
  ['::7f00:1', 'IPv4-compatible'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['::ffff:a9fe:a9fe', 'link-local'],
  ['0:0:0:0:0:ffff:10.1.2.3', 'private use'],
  ['64:ff9b::10.0.0.1', 'NAT64'],
  ['64:ff9b:1::1', 'NAT64'],
  ['100::1', 'discard only'],
  ['2001::1', 'Teredo'],
  ['2001:db8::1', 'documentation'],
  ['2002:7f00:1::', '6to4'],
  ['3fff:fff::1', 'documentation'],
  ['5f00::1', 'segment routing'],
  ['fc00::1', 'unique local'],
  ['fd12:3456::1', 'unique local'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['fec0::1', 'site-local'],
  ['ff02::1', 'multicast'],
  ['4000::1', 'reserved'],
  ['localhost', 'not an IP address'],
  ['1.2.3', 'not an IP address'],
  ['', 'not an IP address'],
];

test('global unicast addresses are not special', () => {
  for (const ip of PUBLIC) assert.equal(specialAddress(ip), undefined, ip);
});

test('special-purpose addresses are named by their block', () => {
  for (const [ip, block] of SPECIAL) assert.equal(specialAddress(ip), block, ip);
});

test('agrees with the SSRF corpus', (t) => {
  if (!existsSync(CORPUS)) return t.skip('the corpus is not beside the repository');
  const { cases } = JSON.parse(readFileSync(CORPUS, 'utf8')) as { cases: Array<{ ip: string; deny: boolean; why: string }> };
  assert.ok(cases.length > 0);
  for (const { ip, deny, why } of cases) assert.equal(specialAddress(ip) !== undefined, deny, `${ip}: ${why}`);
});
