import { isIP } from 'node:net';
import type { PrivateAddresses } from '../../model/run-options.ts';
import { specialAddress } from './special-address.ts';

/** A request was refused because this run or this worker may not reach its private address. */
export class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
  readonly code = 'PRIVATE_ADDRESS';
}

/** The stricter of two policies. A worker's limit overrides the run's policy in this way. */
export function stricter(a: PrivateAddresses, b: PrivateAddresses): PrivateAddresses {
  return STRICTEST_FIRST.find((policy) => policy === a || policy === b) as PrivateAddresses;
}

const STRICTEST_FIRST: readonly PrivateAddresses[] = ['deny', 'seeds', 'linked', 'allow'];

/** Hosts on which private addresses may be reached, serialised by WHATWG. */
export interface PrivateHosts {
  /** The host that the operator named. */
  namedHost?: string | undefined;
  /** The host to which a page at a private address links. */
  linkedHost?: string | undefined;
}

/** True if a request to this host may go to a private address. */
export function mayReachPrivate(policy: PrivateAddresses, hostname: string, { namedHost, linkedHost }: PrivateHosts): boolean {
  if (policy === 'allow') return true;
  return policy !== 'deny' && (hostname === namedHost || (policy === 'linked' && hostname === linkedHost));
}

/**
 * Checks that an address is public. Behind a proxy this sees only IP literals, because the proxy resolves names.
 *
 * @param hostname the host with this address, for the message
 * @throws PrivateAddressError if the address is private
 */
export function assertPublic(address: string, hostname: string): void {
  const block = specialAddress(address);
  if (block === undefined) return;
  const subject = address === hostname ? address : `${hostname} resolves to ${address}, which`;
  throw new PrivateAddressError(`${subject} is a private address (${block})`);
}

/**
 * What an operator can do about a refused address.
 *
 * @param policy of the run
 * @param ceiling the worker's limit
 */
export function wayToPrivate(policy: PrivateAddresses, ceiling: PrivateAddresses): string {
  if (stricter(policy, ceiling) !== policy) return 'this worker refuses it (TRAWL_PRIVATE)';
  return policy === 'deny' ? 'refused by --private deny' : 'name the host in the list, or use --private allow';
}

/** The IP address in a WHATWG host name, without brackets. Undefined if it is a name. */
export function ipLiteral(hostname: string): string | undefined {
  const bare = bareHostname(hostname);
  return isIP(bare) === 0 ? undefined : bare;
}

/** A WHATWG host name in the form that resolvers and sockets expect: IPv6 without brackets. */
export function bareHostname(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
