import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { shortageCode } from '../model/shortage.ts';

/**
 * Told of this machine's shortages by whoever opens connections. `wait`: the request goes back, and is made again later. `final`: that has been tried for so
 * long that it is not worth another try.
 */
export interface ShortageWatch {
  /** @param host `host:port` */
  failed(code: string, host: string): 'wait' | 'final';
  /** A request goes out, over a new connection or one that was kept. */
  sent(host: () => string): void;
}

/** What is missing, for people. */
export function shortageText(code: string): string {
  if (code === 'EMFILE') return 'this process cannot open more files: raise `ulimit -n`, or lower --concurrency';
  if (code === 'ENFILE') return 'the system has no file descriptor left: lower --concurrency, or raise fs.file-max';
  if (code === 'EADDRNOTAVAIL' || code === 'EAGAIN')
    return 'no local port is free: lower --concurrency, or widen net.ipv4.ip_local_port_range';
  return 'the system has no memory left for sockets: lower --concurrency, or give it more memory';
}

/** The code of the shortage of this machine that kept a connection from being opened or used, if it was one. */
export function ownShortage(error: unknown): string | undefined {
  return shortageCode(error, ({ code, address }) => code === 'EADDRNOTAVAIL' && lacksFamily(address));
}

/** On a machine without IPv6, connecting to such an address fails with EADDRNOTAVAIL for good: no port is missing. */
function lacksFamily(address: unknown): boolean {
  if (typeof address !== 'string' || !isIPv6(address)) return false;
  const isLoopback = address === '::1';
  return !Object.values(networkInterfaces()).some((list = []) =>
    list.some(({ family, internal, scopeid }) => family === 'IPv6' && internal === isLoopback && !scopeid),
  );
}
