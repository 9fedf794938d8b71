import { isIP } from 'node:net';
import type { PrivateAddresses } from '../core/run-options.ts';
import { specialAddress } from './special-address.ts';

/** A request would have gone to an address that this run, or this worker, may not reach. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
  readonly code = 'PRIVATE_ADDRESS';
}

/** The policy that allows less. A worker's ceiling wins over the run this way. */
export function stricter(a: PrivateAddresses, b: PrivateAddresses): PrivateAddresses {
  if (a === 'deny' || b === 'deny') return 'deny';
  return a === 'seeds' || b === 'seeds' ? 'seeds' : 'allow';
}

/** True if a hop to this host may end at a private address. `namedHost` is the one that the operator named, as WHATWG serialises it. */
export function mayReachPrivate(policy: PrivateAddresses, hostname: string, namedHost: string | undefined): boolean {
  return policy === 'allow' || (policy === 'seeds' && hostname === namedHost);
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
