import type { PrivateAddresses } from '../model/run-options.ts';
import { portOf, requestTarget } from '../model/url/canonical-url.ts';
import type { ConnectionPool, PooledOrigin } from './connection/connection-pool.ts';
import { assertPublic, ipLiteral, mayReachPrivate, type PrivateHosts } from './dns/private-reach.ts';
import type { NextRequest } from './next-request.ts';
import { withoutFragment } from './redirect.ts';

/** The connections of all runs with the same trust in certificates. */
export interface Pools {
  /** Connections that may lead to private addresses. */
  privatePool: ConnectionPool;
  /** Connections whose address was checked and is not private. */
  publicPool: ConnectionPool;
}

/** Where a request goes. */
interface Route {
  pool: ConnectionPool;
  origin: PooledOrigin;
  /** Path and query. */
  path: string;
}

/**
 * Determines where the next request goes. Fast path: if an origin has connections, it is canonical and was parsed before,
 * so a URL that begins with it needs no parsing. All other URLs are parsed and checked.
 *
 * @param policy for private addresses, of the run and of this worker together
 * @param hosts those on which the policy may allow private addresses
 * @throws PrivateAddressError if the URL has a private IP address that must not be reached
 * @throws an error with the code `UNSUPPORTED_SCHEME` if the scheme is neither http nor https
 */
export function routeTo(next: NextRequest, { privatePool, publicPool }: Pools, policy: PrivateAddresses, hosts: PrivateHosts): Route {
  const target = next.url;
  const pathAt = target.indexOf('/', 'https://'.length);
  const key = pathAt === -1 ? target : target.slice(0, pathAt);
  const known = privatePool.find(key) ?? publicPool.find(key);
  if (known !== undefined) {
    const pool = mayReachPrivate(policy, known.urlHostname, hosts) ? privatePool : publicPool;
    const origin = pool.find(key);
    if (origin !== undefined) return { pool, origin, path: withoutFragment(target.slice(pathAt)) };
  }
  const url = next.parseUrl();
  const mayBePrivate = mayReachPrivate(policy, url.hostname, hosts);
  const literal = ipLiteral(url.hostname);
  // Sockets do not call `lookup` for IP literals, so those must be checked here.
  if (!mayBePrivate && literal !== undefined) assertPublic(literal, literal);
  const pool = mayBePrivate ? privatePool : publicPool;
  return { pool, origin: pool.open(url), path: requestTarget(url) };
}

/** `host:port` of a URL for messages, without credentials. */
export function hostOf(url: string): string {
  if (!URL.canParse(url)) return 'the host';
  const parsed = new URL(url);
  return `${parsed.hostname}:${portOf(parsed)}`;
}
