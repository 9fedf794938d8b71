import dns, { type LookupAddress, type RecordWithTtl } from 'node:dns';
import { closeSync, openSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { devNull, networkInterfaces, platform } from 'node:os';
import { shortageCode } from '../../model/shortage.ts';
import { type Clock, systemClock } from '../../util/clock.ts';
import type { ResolveHost } from './dns-cache.ts';
import { namesToAsk, SystemNameFiles, type SystemNames } from './system-names.ts';

/**
 * How long to wait for the first answer of a server, in milliseconds. c-ares doubles it with each try. A lost packet
 * then costs one second, compared to five with the C library.
 */
const TRY_MS = 1_000;
const TRIES = 4;
/** How long an IPv4 answer waits for the IPv6 answer, in milliseconds (RFC 8305 section 3, "Resolution Delay"). */
const RESOLUTION_DELAY_MS = 50;
/** How long an answer from the hosts file is valid, which has no TTL. */
const FILE_TTL_MS = 5_000;
const NO_ADDRESS_CODES: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);
const LOOPBACK: readonly string[] = ['127.0.0.1', '::1'];

export interface DnsResolverOptions {
  /** DNS servers as `ADDRESS` or `ADDRESS:PORT`; an IPv6 address with a port is in brackets. Default: the system's. */
  servers?: readonly string[];
  clock?: Clock;
  names?: SystemNameFiles;
  /**
   * Used for a name without a dot or below `.local` that DNS does not know: the system may know it from mDNS or another
   * source.
   */
  system?: ResolveHost;
}

/**
 * Creates a resolver that queries DNS with c-ares, for any number of names concurrently. (getaddrinfo occupies a thread
 * of the process for each lookup, by default at most two at a time.) It honours the hosts file and search domains, asks
 * for A and AAAA records in parallel, and returns their TTL.
 *
 * @throws TypeError if a server is not an address
 */
export function dnsResolver({
  servers,
  clock = systemClock,
  names = new SystemNameFiles(clock),
  system,
}: DnsResolverOptions = {}): ResolveHost {
  // Without `servers`, the channel is opened for the first name: opening it reads the system's files, and a crawl of IP
  // addresses never needs it.
  let channel = servers === undefined ? undefined : openChannel(servers);
  let channelNames: SystemNames | undefined;
  return (hostname, answer) => {
    const known = names.get();
    if (channel === undefined || (known !== channelNames && servers === undefined)) channel = openChannel(servers);
    channelNames = known;
    const lowerCase = hostname.toLowerCase();
    const fixed = known.hosts.get(lowerCase.replace(/\.$/, '')) ?? (/(?:^|\.)localhost\.?$/.test(lowerCase) ? LOOPBACK : undefined);
    if (fixed !== undefined) {
      setImmediate(answer, null, fixed.map(asAddress), FILE_TTL_MS);
      return;
    }
    queryInOrder(channel, namesToAsk(hostname, known), (error, addresses, ttlMs) => {
      const mayBeElsewhere = error?.code === 'ENOTFOUND' && /^[^.]+\.?$|\.local\.?$/.test(lowerCase);
      if (mayBeElsewhere && system !== undefined) system(hostname, answer);
      else answer(error && (hiddenShortage(error) ?? error), addresses, ttlMs);
    });
  };
}

/**
 * Chooses the resolver of a process.
 *
 * @param resolver `system` for getaddrinfo, or addresses of DNS servers. Default: the system's DNS servers on Linux,
 *   and getaddrinfo on other systems, where VPNs configure servers for single domains.
 */
export function chooseResolver(resolver?: 'system' | readonly string[], clock: Clock = systemClock): ResolveHost {
  if (resolver === 'system' || (resolver === undefined && platform() !== 'linux')) return systemResolver;
  return dnsResolver({ ...(resolver !== undefined && { servers: resolver }), clock, system: systemResolver });
}

/**
 * getaddrinfo, which uses all name sources of the system in its order. Each lookup occupies a thread of libuv's
 * pool.
 */
const systemResolver: ResolveHost = (hostname, answer) =>
  dns.lookup(hostname, { all: true, verbatim: true }, (error, addresses) =>
    answer(error && (hiddenShortage(error) ?? error), addresses ?? []),
  );

/**
 * The resource shortage behind a failed lookup, if any. Without a free file descriptor, neither getaddrinfo nor c-ares
 * can query a server, but they report something else: EBUSY (measured with glibc 2.36), EAI_AGAIN, that the server
 * refused, or that the name does not exist. So this opens a file to find out.
 */
function hiddenShortage({ code }: NodeJS.ErrnoException): NodeJS.ErrnoException | undefined {
  try {
    closeSync(openSync(devNull, 'r'));
  } catch (error) {
    if (shortageCode(error) !== undefined) return error as NodeJS.ErrnoException;
  }
  return code === 'EBUSY' ? Object.assign(new Error('getaddrinfo EBUSY'), { code: 'EMFILE' }) : undefined;
}

function openChannel(servers: readonly string[] | undefined): dns.Resolver {
  const channel = new dns.Resolver({ timeout: TRY_MS, tries: TRIES });
  if (servers !== undefined) channel.setServers(servers);
  return channel;
}

type Answer = Parameters<ResolveHost>[1];

/**
 * Queries names in order until one has an address. Any failure but ENOTFOUND ends the search, because it is not known
 * then whether the name exists.
 */
function queryInOrder(channel: dns.Resolver, names: readonly string[], answer: Answer): void {
  const [name, ...others] = names;
  if (name === undefined) {
    answer(dnsError('ENOTFOUND'), []);
    return;
  }
  queryBothFamilies(channel, name, (error, addresses, ttlMs) => {
    if (error?.code === 'ENOTFOUND' && others.length > 0) queryInOrder(channel, others, answer);
    else answer(error, addresses, ttlMs);
  });
}

interface FamilyAnswer {
  error: NodeJS.ErrnoException | null;
  records: readonly RecordWithTtl[];
}

function queryBothFamilies(channel: dns.Resolver, name: string, answer: Answer): void {
  const answers: { v4?: FamilyAnswer; v6?: FamilyAnswer } = hasIPv6() ? {} : { v6: { error: dnsError('ENODATA'), records: [] } };
  let isOver = false;
  let delay: NodeJS.Timeout | undefined;
  const finish = () => {
    if (isOver) return;
    isOver = true;
    clearTimeout(delay);
    answer(...merged(answers.v4, answers.v6));
  };
  const take = (family: 'v4' | 'v6', error: NodeJS.ErrnoException | null, records: readonly RecordWithTtl[] = []) => {
    answers[family] = { error, records };
    if (answers.v4 !== undefined && answers.v6 !== undefined) finish();
    else if (family === 'v4' && records.length > 0) delay = setTimeout(finish, RESOLUTION_DELAY_MS);
  };
  if (answers.v6 === undefined) channel.resolve6(name, { ttl: true }, (error, records) => take('v6', error, records));
  channel.resolve4(name, { ttl: true }, (error, records) => take('v4', error, records));
}

/**
 * Combines both answers: IPv6 addresses come first if the machine has IPv6 (RFC 6724). A connection tries both
 * families.
 */
function merged(v4: FamilyAnswer | undefined, v6: FamilyAnswer | undefined): Parameters<Answer> {
  const records = [...(v6?.records ?? []), ...(v4?.records ?? [])];
  if (records.length > 0) {
    return [null, records.map(({ address }) => asAddress(address)), 1_000 * Math.min(...records.map(({ ttl }) => ttl))];
  }
  const codes = [v4?.error?.code, v6?.error?.code].filter((code) => code !== undefined);
  // If one family has no address and the other failed, the name may still exist, so the failure is returned.
  return [dnsError(codes.find((code) => !NO_ADDRESS_CODES.has(code)) ?? 'ENOTFOUND'), []];
}

/** An error with a code of c-ares. Codes that connections use too are replaced by our own. */
function dnsError(code: string): NodeJS.ErrnoException {
  const own = code === 'ECONNREFUSED' ? 'DNS_REFUSED' : code === 'ETIMEOUT' ? 'DNS_TIMEOUT' : code;
  return Object.assign(new Error(`DNS: ${own}`), { code: own });
}

function asAddress(address: string): LookupAddress {
  return { address, family: isIPv6(address) ? 6 : 4 };
}

/**
 * True if a network interface has an IPv6 address beyond link-local. Otherwise AAAA records are not requested, because
 * no connection could use them (like AI_ADDRCONFIG of getaddrinfo).
 */
function hasIPv6(): boolean {
  const nowMs = performance.now();
  if (nowMs - interfacesAtMs > INTERFACES_FOR_MS) {
    interfacesAtMs = nowMs;
    isIPv6Up = Object.values(networkInterfaces()).some((addresses = []) =>
      addresses.some(({ family, internal, address }) => family === 'IPv6' && !internal && !address.startsWith('fe80:')),
    );
  }
  return isIPv6Up;
}

const INTERFACES_FOR_MS = 5_000;
let interfacesAtMs = Number.NEGATIVE_INFINITY;
let isIPv6Up = false;
