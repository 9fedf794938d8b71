import { isIPv4, isIPv6 } from 'node:net';

/**
 * IPv4 blocks that are not globally reachable unicast: the whole IANA special-purpose registry (RFC 6890 as updated),
 * and multicast. The registry lists some blocks as globally reachable (AS112, AMT, the 6to4 relay), but they are
 * service anycast, never a web site.
 */
const SPECIAL_IPV4 = [
  ['0.0.0.0/8', 'this network'],
  ['10.0.0.0/8', 'private use'],
  ['100.64.0.0/10', 'carrier-grade NAT'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private use'],
  ['192.0.0.0/24', 'IETF protocol assignments'],
  ['192.0.2.0/24', 'documentation'],
  ['192.31.196.0/24', 'AS112'],
  ['192.52.193.0/24', 'AMT'],
  ['192.88.99.0/24', '6to4 relay'],
  ['192.168.0.0/16', 'private use'],
  ['192.175.48.0/24', 'AS112'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
] as const;

/**
 * The same for IPv6. Only 2000::/3 is global unicast, so the last rows refuse everything outside of it; the rows before
 * them only give names. Addresses that contain an IPv4 address for a translator or tunnel (NAT64, 6to4, Teredo) are
 * always refused, because we cannot know who unpacks them.
 */
const SPECIAL_IPV6 = [
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  ['::/96', 'IPv4-compatible'],
  ['64:ff9b::/96', 'NAT64'],
  ['64:ff9b:1::/48', 'NAT64'],
  ['100::/64', 'discard only'],
  ['2001::/32', 'Teredo'],
  ['2001:2::/48', 'benchmarking'],
  ['2001:10::/28', 'ORCHID'],
  ['2001:20::/28', 'ORCHIDv2'],
  ['2001::/23', 'IETF protocol assignments'],
  ['2001:db8::/32', 'documentation'],
  ['2002::/16', '6to4'],
  ['2620:4f:8000::/48', 'AS112'],
  ['3fff::/20', 'documentation'],
  ['5f00::/16', 'segment routing'],
  ['fc00::/7', 'unique local'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['ff00::/8', 'multicast'],
  ['::/3', 'reserved'],
  ['4000::/2', 'reserved'],
  ['8000::/1', 'reserved'],
] as const;

interface Block {
  first: bigint;
  last: bigint;
  name: string;
}

const BLOCKS_IPV4 = SPECIAL_IPV4.map(([cidr, name]) => block(cidr, name, 32, ipv4Number));
const BLOCKS_IPV6 = SPECIAL_IPV6.map(([cidr, name]) => block(cidr, name, 128, ipv6Number));
const MAPPED_PREFIX = 0xffffn;

/**
 * The name of the special-purpose block that contains an IP address. Undefined if the address is globally reachable
 * unicast. An IPv4-mapped IPv6 address is treated as its IPv4 address, because the kernel connects to that. Text that
 * is not an IP address is refused with a name that says so.
 */
export function specialAddress(ip: string): string | undefined {
  if (isIPv4(ip)) return nameOf(ipv4Number(ip), BLOCKS_IPV4);
  if (!isIPv6(ip)) return 'not an IP address';
  const number = ipv6Number(ip);
  return number >> 32n === MAPPED_PREFIX ? nameOf(number & 0xffff_ffffn, BLOCKS_IPV4) : nameOf(number, BLOCKS_IPV6);
}

function nameOf(number: bigint, blocks: readonly Block[]): string | undefined {
  return blocks.find(({ first, last }) => number >= first && number <= last)?.name;
}

function block(cidr: string, name: string, bits: number, toNumber: (ip: string) => bigint): Block {
  const [ip = '', prefix] = cidr.split('/');
  const first = toNumber(ip);
  return { first, last: first + (1n << BigInt(bits - Number(prefix))) - 1n, name };
}

function ipv4Number(ip: string): bigint {
  return ip.split('.').reduce((number, part) => number * 256n + BigInt(part), 0n);
}

function ipv6Number(ip: string): bigint {
  const [address = ''] = ip.split('%');
  const [head = '', tail] = address.split('::');
  const before = hextets(head);
  const after = tail === undefined ? [] : hextets(tail);
  const zeros = Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after].reduce((number, part) => number * 65_536n + BigInt(part), 0n);
}

function hextets(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)];
    const number = Number(ipv4Number(part));
    return [Math.floor(number / 65_536), number % 65_536];
  });
}
