import { isIPv4, isIPv6 } from 'node:net';
import { accept, type Parsed, quote, reject } from '../model/parsed.ts';

/** Where a server listens. */
export interface ListenAddress {
  /** A name or an IP address, IPv6 without brackets. */
  host: string;
  /** 0: any free port. */
  port: number;
}

const HOST_NAME = /^(?!-)[a-z0-9_.-]{1,253}$/i;
const FEWEST_TOKEN_CHARS = 16;

/** Reads `HOST:PORT`, with an IPv6 address in brackets. */
export function listenAddress(text: string): Parsed<ListenAddress> {
  const [, bracketed, name, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? name ?? '';
  const isHost = bracketed === undefined ? HOST_NAME.test(host) : isIPv6(bracketed);
  if (!isHost || Number(port) > 65_535) return reject(`${quote(text)} is not an address: write it like 127.0.0.1:8807 or [::1]:8807`);
  return accept({ host, port: Number(port) });
}

/** True if only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** Reads a secret for access, which messages never repeat. */
export function accessToken(text: string): Parsed<string> {
  if (text.length < FEWEST_TOKEN_CHARS) return reject(`is too short: use at least ${FEWEST_TOKEN_CHARS} random characters`);
  return /^[\x21-\x7e]+$/.test(text) ? accept(text) : reject('holds a space or a character beyond ASCII, which headers cannot carry');
}

/** Reads the name of a host, without a port. */
export function hostName(text: string): Parsed<string> {
  return HOST_NAME.test(text) ? accept(text.toLowerCase()) : reject(`${quote(text)} is not a host name: give it without scheme and port`);
}
