import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { shortageCode } from '../model/shortage.ts';

/**
 * Receives shortages of this machine from the code that opens connections. `wait`: the request goes back and is made
 * again later. `final`: it has been retried for so long that a further attempt is not worthwhile.
 */
export interface ShortageWatch {
  /** @param host `host:port` */
  failed(code: string, host: string): 'wait' | 'final';
  /** A request is sent, over a new connection or a kept one. */
  sent(host: () => string): void;
}

/** Describes a shortage and what to do about it. */
export function shortageText(code: string): string {
  if (code === 'EMFILE') return 'this process cannot open more files: raise `ulimit -n`, or lower --concurrency';
  if (code === 'ENFILE') return 'the system has no file descriptor left: lower --concurrency, or raise fs.file-max';
  if (code === 'EADDRNOTAVAIL' || code === 'EAGAIN')
    return 'no local port is free: lower --concurrency, or widen net.ipv4.ip_local_port_range';
  return 'the system has no memory left for sockets: lower --concurrency, or give it more memory';
}

/**
 * The code of the shortage of this machine that prevented a connection from being opened or used. Undefined if the
 * error has another cause.
 */
export function ownShortage(error: unknown): string | undefined {
  return shortageCode(error, ({ code, address }) => code === 'EADDRNOTAVAIL' && lacksFamily(address));
}

/**
 * On a machine without IPv6, connecting to an IPv6 address always fails with EADDRNOTAVAIL. That is not a lack of
 * ports.
 */
function lacksFamily(address: unknown): boolean {
  if (typeof address !== 'string' || !isIPv6(address)) return false;
  const isLoopback = address === '::1';
  return !Object.values(networkInterfaces()).some((list = []) =>
    list.some(({ family, internal, scopeid }) => family === 'IPv6' && internal === isLoopback && !scopeid),
  );
}
