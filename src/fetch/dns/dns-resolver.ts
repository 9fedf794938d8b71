import dns, { type LookupAddress, type RecordWithTtl } from 'node:dns';
import { closeSync, openSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { devNull, networkInterfaces, platform } from 'node:os';
import { shortageCode } from '../../model/shortage.ts';
import { type Clock, systemClock } from '../../util/clock.ts';
import type { ResolveHost } from './host-addresses.ts';
import { namesToAsk, SystemNameFiles, type SystemNames } from './system-names.ts';

/** First wait for an answer from a server, in milliseconds; c-ares doubles it with each try. A lost packet costs a second, where the C library waits five. */
const TRY_MS = 1_000;
const TRIES = 4;
/** How long the answer for one family waits for the other's once it is there (RFC 8305 section 3, "Resolution Delay"). */
const OTHER_FAMILY_MS = 50;
/** Names in files do not say how long they hold. */
const FILE_TTL_MS = 5_000;
const NO_SUCH_NAME: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);
const LOOPBACK: readonly string[] = ['127.0.0.1', '::1'];

export interface DnsResolverOptions {
  /** `ADDRESS` or `ADDRESS:PORT` of DNS servers, an IPv6 address with a port in brackets. Default: the system's. */
  servers?: readonly string[];
  clock?: Clock;
  names?: SystemNameFiles;
  /** Asked for a name without a dot or below `.local` that DNS does not know: mDNS, or another source of the system. */
  system?: ResolveHost;
}

/**
 * A resolver that asks DNS by c-ares, for any number of names at a time; getaddrinfo occupies a thread of the process for each, and two at a time at most by default.
 * It honours the hosts file and search domains, asks for A and AAAA in parallel, and answers with how long that holds.
 *
 * @throws TypeError if a server is not an address
 */
export function dnsResolver({
  servers,
  clock = systemClock,
  names = new SystemNameFiles(clock),
  system,
}: DnsResolverOptions = {}): ResolveHost {
  // Without servers, opened for the first name: a crawl of addresses needs none, and opening it reads the system's files.
  let channel = servers === undefined ? undefined : openChannel(servers);
  let channelNames: SystemNames | undefined;
  return (hostname, answer) => {
    const known = names.get();
    if (channel === undefined || (known !== channelNames && servers === undefined)) channel = openChannel(servers);
    channelNames = known;
    const plain = hostname.toLowerCase();
    const fixed = known.hosts.get(plain.replace(/\.$/, '')) ?? (/(?:^|\.)localhost\.?$/.test(plain) ? LOOPBACK : undefined);
    if (fixed !== undefined) {
      setImmediate(answer, null, fixed.map(asAddress), FILE_TTL_MS);
      return;
    }
    askInTurn(channel, namesToAsk(hostname, known), (error, addresses, ttlMs) => {
      const mayBeElsewhere = error?.code === 'ENOTFOUND' && /^[^.]+\.?$|\.local\.?$/.test(plain);
      if (mayBeElsewhere && system !== undefined) system(hostname, answer);
      else answer(error && (hiddenShortage(error) ?? error), addresses, ttlMs);
    });
  };
}

/**
 * The resolver that a process uses.
 *
 * @param resolver `system` for getaddrinfo, or addresses of DNS servers. Default: the system's DNS servers on Linux, and getaddrinfo elsewhere, where VPNs give some
 *   domains servers of their own
 */
export function chooseResolver(resolver?: 'system' | readonly string[], clock: Clock = systemClock): ResolveHost {
  if (resolver === 'system' || (resolver === undefined && platform() !== 'linux')) return systemResolver;
  return dnsResolver({ ...(resolver !== undefined && { servers: resolver }), clock, system: systemResolver });
}

/** getaddrinfo: whatever sources the system knows, in its order. Each lookup occupies a thread of libuv's pool. */
const systemResolver: ResolveHost = (hostname, answer) =>
  dns.lookup(hostname, { all: true, verbatim: true }, (error, addresses) =>
    answer(error && (hiddenShortage(error) ?? error), addresses ?? []),
  );

/**
 * The shortage that a failed lookup hides. Without a descriptor neither getaddrinfo nor c-ares can ask a server, and they say something else: EBUSY (measured
 * with glibc 2.36), EAI_AGAIN, that the server refused, or that there is no such name.
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

/** Asks for one name after another until one has an address. Any other failure ends it: whether a name exists is not known then. */
function askInTurn(channel: dns.Resolver, names: readonly string[], answer: Answer): void {
  const [name, ...others] = names;
  if (name === undefined) {
    answer(dnsError('ENOTFOUND'), []);
    return;
  }
  askBothFamilies(channel, name, (error, addresses, ttlMs) => {
    if (error?.code === 'ENOTFOUND' && others.length > 0) askInTurn(channel, others, answer);
    else answer(error, addresses, ttlMs);
  });
}

interface FamilyAnswer {
  error: NodeJS.ErrnoException | null;
  records: readonly RecordWithTtl[];
}

function askBothFamilies(channel: dns.Resolver, name: string, answer: Answer): void {
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
    else if (family === 'v4' && records.length > 0) delay = setTimeout(finish, OTHER_FAMILY_MS);
  };
  if (answers.v6 === undefined) channel.resolve6(name, { ttl: true }, (error, records) => take('v6', error, records));
  channel.resolve4(name, { ttl: true }, (error, records) => take('v4', error, records));
}

/** IPv6 addresses first where the machine has IPv6 (RFC 6724). A connection tries both families. */
function merged(v4: FamilyAnswer | undefined, v6: FamilyAnswer | undefined): Parameters<Answer> {
  const records = [...(v6?.records ?? []), ...(v4?.records ?? [])];
  if (records.length > 0) {
    return [null, records.map(({ address }) => asAddress(address)), 1_000 * Math.min(...records.map(({ ttl }) => ttl))];
  }
  const codes = [v4?.error?.code, v6?.error?.code].filter((code) => code !== undefined);
  // One family that says that there is none does not make up for the other's silence.
  return [dnsError(codes.find((code) => !NO_SUCH_NAME.has(code)) ?? 'ENOTFOUND'), []];
}

/** The codes of c-ares; those that a connection has too get a name of their own. */
function dnsError(code: string): NodeJS.ErrnoException {
  const own = code === 'ECONNREFUSED' ? 'DNS_REFUSED' : code === 'ETIMEOUT' ? 'DNS_TIMEOUT' : code;
  return Object.assign(new Error(`DNS: ${own}`), { code: own });
}

function asAddress(address: string): LookupAddress {
  return { address, family: isIPv6(address) ? 6 : 4 };
}

/** True if an interface has an address that can reach others by IPv6: a name is not asked for addresses that no connection can use (getaddrinfo's AI_ADDRCONFIG). */
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
