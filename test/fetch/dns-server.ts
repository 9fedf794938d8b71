import dgram from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What the server returns for a name: addresses, no record of that type, a failure, or no answer. */
interface Records {
  a?: readonly string[];
  aaaa?: readonly string[];
  ttl?: number;
  fails?: boolean;
  silent?: 'a' | 'aaaa' | 'both';
}

/** Names that are not in the zone do not exist. */
export type Zone = Record<string, Records>;

export interface DnsServer {
  /** `127.0.0.1:PORT`. */
  address: string;
  /** All questions in order, as `A name` or `AAAA name`. */
  questions: string[];
  close(): Promise<void>;
}

const TYPES: Readonly<Record<number, 'A' | 'AAAA'>> = { 1: 'A', 28: 'AAAA' };

/**
 * A DNS server on a free port (RFC 1035). It answers each question after `delayMs`, from a zone that may change, or
 * from a function.
 */
export async function startDnsServer(zone: Zone | ((name: string) => Records | undefined), delayMs = 0): Promise<DnsServer> {
  const questions: string[] = [];
  const socket = dgram.createSocket('udp4');
  socket.on('message', (message, from) => {
    const { name, type, end } = question(message);
    questions.push(`${type} ${name}`);
    const found = typeof zone === 'function' ? zone(name) : zone[name];
    if (found?.silent === 'both' || found?.silent === type.toLowerCase()) return;
    const addresses = (type === 'A' ? found?.a : found?.aaaa) ?? [];
    const code = found === undefined ? 3 : found.fails ? 2 : 0;
    const header = Buffer.from(message.subarray(0, 12));
    header.writeUInt16BE(0x8180 | code, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    header.writeUInt32BE(0, 8);
    const records = addresses.map((address) => record(type, address, found?.ttl ?? 60));
    const send = () => socket.send(Buffer.concat([header, message.subarray(12, end), ...records]), from.port, from.address);
    if (delayMs === 0) send();
    else setTimeout(send, delayMs);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    questions,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function question(message: Buffer): { name: string; type: 'A' | 'AAAA'; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: TYPES[message.readUInt16BE(at + 1)] ?? 'A', end: at + 5 };
}

function record(type: 'A' | 'AAAA', address: string, ttl: number): Buffer {
  const data = type === 'A' ? Buffer.from(address.split('.').map(Number)) : ipv6Bytes(address);
  const fixed = Buffer.alloc(12);
  fixed.writeUInt16BE(0xc00c, 0);
  fixed.writeUInt16BE(type === 'A' ? 1 : 28, 2);
  fixed.writeUInt16BE(1, 4);
  fixed.writeUInt32BE(ttl, 6);
  fixed.writeUInt16BE(data.length, 10);
  return Buffer.concat([fixed, data]);
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail = ''] = address.split('::');
  const [left, right] = [head, tail].map((part) => part.split(':').filter((group) => group !== ''));
  const groups = [...(left ?? []), ...Array<string>(8 - (left?.length ?? 0) - (right?.length ?? 0)).fill('0'), ...(right ?? [])];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}
