import { isIP } from 'node:net';
import type { PrivateAddresses } from '../../model/run-options.ts';
import { specialAddress } from './special-address.ts';

/** A request would have gone to an address that this run, or this worker, may not reach. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
  readonly code = 'PRIVATE_ADDRESS';
}

/** The policy that allows less. A worker's ceiling wins over the run this way. */
export function stricter(a: PrivateAddresses, b: PrivateAddresses): PrivateAddresses {
  return STRICTEST_FIRST.find((policy) => policy === a || policy === b) as PrivateAddresses;
}

const STRICTEST_FIRST: readonly PrivateAddresses[] = ['deny', 'seeds', 'linked', 'allow'];

/** Hosts on which private addresses may be reached, as WHATWG serialises them. */
interface PrivateHosts {
  /** The operator named it. */
  namedHost?: string | undefined;
  /** A page at a private address links to it. */
  linkedHost?: string | undefined;
}

/** True if a hop to this host may end at a private address. */
export function mayReachPrivate(policy: PrivateAddresses, hostname: string, { namedHost, linkedHost }: PrivateHosts): boolean {
  if (policy === 'allow') return true;
  return policy !== 'deny' && (hostname === namedHost || (policy === 'linked' && hostname === linkedHost));
}

/**
 * Throws PrivateAddressError if the address is private. `hostname` is what it was reached by, for the message.
 * A proxy resolves names itself: behind one, only literals come here.
 */
export function assertPublic(address: string, hostname: string): void {
  const block = specialAddress(address);
  if (block === undefined) return;
  const subject = address === hostname ? address : `${hostname} resolves to ${address}, which`;
  throw new PrivateAddressError(`${subject} is a private address (${block})`);
}

/** What an operator can do about a refused address, given the run's policy and the worker's ceiling. */
export function wayToPrivate(policy: PrivateAddresses, ceiling: PrivateAddresses): string {
  if (stricter(policy, ceiling) !== policy) return 'this worker refuses it (TRAWL_PRIVATE)';
  return policy === 'deny' ? 'refused by --private deny' : 'name the host in the list, or use --private allow';
}

/** The IP address in a WHATWG hostname, without brackets; undefined if it is a name. */
export function ipLiteral(hostname: string): string | undefined {
  const bare = bareHostname(hostname);
  return isIP(bare) === 0 ? undefined : bare;
}

/** A WHATWG hostname as the system's resolver and sockets want it: IPv6 without brackets. */
export function bareHostname(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
