import type { RedisOptions } from 'ioredis';
import type { RedisAddress } from '../../../options/redis-url.ts';
import type { RedisTls } from '../../engine-spec.ts';
import { type Locate, lookupConnector, sentinelLocator, slotLocator } from './lookup-connector.ts';

/** Options of ioredis for the server, or for the current master. @param key any key of the deployment: all are in one slot */
export function redisOptions(address: RedisAddress, tls: RedisTls | undefined, key: string): RedisOptions {
  const { kind, username, password, db, family, path, hosts } = address;
  // A user without a password needs none.
  const credentials = username === undefined ? { ...(password !== undefined && { password }) } : { username, password: password ?? '' };
  const network = { ...(address.tls && { tls: { ...tls } }), ...(family !== undefined && { family }) };
  const own: RedisOptions = { ...credentials, ...network, db };
  if (path !== undefined) return { ...own, path };
  if (kind === 'single') return { ...own, ...hosts[0] };
  const asSentinelUser = {
    ...(address.sentinelUsername !== undefined && { username: address.sentinelUsername }),
    ...(address.sentinelPassword !== undefined && { password: address.sentinelPassword }),
  };
  const locate: Locate = kind === 'sentinel' ? sentinelLocator(address.masterName ?? '') : slotLocator(key);
  const server = { ...(kind === 'sentinel' ? asSentinelUser : credentials), ...network };
  return { ...own, Connector: lookupConnector({ seeds: hosts, locate, server, master: network }) };
}
