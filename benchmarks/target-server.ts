import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { startDnsServer } from '../test/fetch/dns-server.ts';
import { selfSignedCertificate } from '../test/helpers/self-signed.ts';
import { siteOf } from './site.ts';

/**
 * The target of the benchmark, in a separate process. It serves HTTP, HTTPS and DNS. `/site/…` is a site of pages or, with a second argument, the files of a folder; every other path is the same
 * 200-byte text. It answers on every address of 127.0.0.0/8, and uses raw sockets, so that it needs far less processor time than its clients.
 *
 * It sends its `Target` to the process that forked it. It answers each message from there with the number of responses since the last message.
 */
export interface Target {
  http: number;
  https: number;
  /** `127.0.0.1:PORT`. Each name `nN.bench.test` has its own address; a name like `fN.bench.test` does not exist. Answers take `DNS_DELAY_MS`. */
  dns: string;
}

const DNS_DELAY_MS = 50;
const LISTEN = { port: 0, host: '0.0.0.0', backlog: 4_096 };
const END_OF_HEAD = Buffer.from('\r\n\r\n');
const TEXT = response('text/plain', 'x'.repeat(200));
const NOT_FOUND = response('text/plain', '', '404 Not Found');
const SITE = 'GET /site/';

const [pages = '0', folder] = process.argv.slice(2);
const site = siteOf(Number(pages), folder);
const responses = new Map<string, Buffer>();
let served = 0;

const { key, cert } = selfSignedCertificate();
const http = createServer({ noDelay: true }, answer).listen(LISTEN);
const https = createTlsServer({ noDelay: true, key, cert }, answer).listen(LISTEN);
https.on('tlsClientError', () => {});
await Promise.all([http, https].map((server) => once(server, 'listening')));
const dns = await startDnsServer((name) => {
  const number = Number(/^n(\d+)\.bench\.test$/.exec(name)?.[1] ?? Number.NaN);
  return Number.isNaN(number) ? undefined : { a: [`127.1.${number >> 8}.${number & 255}`] };
}, DNS_DELAY_MS);
process.send?.({ http: portOf(http), https: portOf(https), dns: dns.address } satisfies Target);
process.on('message', () => {
  process.send?.(served);
  served = 0;
});
process.on('disconnect', () => process.exit(0));

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function answer(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = data.indexOf(END_OF_HEAD); end !== -1; end = data.indexOf(END_OF_HEAD, from)) {
      served += 1;
      const isOfSite = data.toString('latin1', from, from + SITE.length) === SITE;
      socket.write(isOfSite ? siteResponse(data.toString('latin1', from + 'GET '.length, data.indexOf(' HTTP/', from))) : TEXT);
      from = end + END_OF_HEAD.length;
    }
    rest = data.subarray(from);
  });
  socket.on('error', () => {});
}

function siteResponse(path: string): Buffer {
  let known = responses.get(path);
  if (known === undefined) {
    const page = site(path.slice('/site/'.length));
    known = page === undefined ? NOT_FOUND : response(page.type, page.body);
    responses.set(path, known);
  }
  return known;
}

function response(type: string, body: string | Buffer, status = '200 OK'): Buffer {
  const head = `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}
