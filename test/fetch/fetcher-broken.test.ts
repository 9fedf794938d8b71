import assert from 'node:assert/strict';
import type net from 'node:net';
import { test } from 'node:test';
import zlib from 'node:zlib';
import type { FetchResult } from '../../src/fetch/fetch-result.ts';
import { DEADLINE_MS } from '../helpers/until.ts';
import { fetcherFor, rawServer } from './local-servers.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const GZIP = zlib.gzipSync(Buffer.alloc(100_000, 'ab'));
const withBody = (headers: string, body: Buffer) => Buffer.concat([Buffer.from(`${OK}${headers}\r\n\r\n`), body]);

/** What a server writes before it closes, and the expected result: status and size, or verdict and code. */
const CASES: Readonly<Record<string, readonly [written: string | Buffer, result: string]>> = {
  'nothing at all': ['', 'reset CONNECTION_CLOSED'],
  'HTTP/0.9': ['<html>hi</html>', 'protocol BAD_HTTP'],
  binary: [Buffer.from([0, 1, 2, 3, 255, 254]), 'protocol BAD_HTTP'],
  'a banner of SSH': ['SSH-2.0-OpenSSH_9\r\n', 'protocol BAD_HTTP'],
  'an alert of TLS': [Buffer.from([0x15, 3, 1, 0, 2, 2, 80]), 'protocol BAD_HTTP'],
  'a head without a body': [`${OK}\r\n`, '200 0'],
  'a status without a reason': ['HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok', '200 2'],
  'a status of two digits': ['HTTP/1.1 99 X\r\ncontent-length: 0\r\n\r\n', 'protocol BAD_HTTP'],
  'a status of four digits': ['HTTP/1.1 1000 X\r\ncontent-length: 0\r\n\r\n', 'protocol BAD_HTTP'],
  'a status in letters': ['HTTP/1.1 abc X\r\n\r\n', 'protocol BAD_HTTP'],
  'the status 999': ['HTTP/1.1 999 X\r\ncontent-length: 0\r\n\r\n', '999 0'],
  'HTTP/1.0 until the end': ['HTTP/1.0 200 OK\r\n\r\nbody', '200 4'],
  'empty lines before': [`\r\n\r\n${OK}content-length: 2\r\n\r\nok`, '200 2'],
  'line feeds without carriage returns': ['HTTP/1.1 200 OK\ncontent-length: 2\n\nok', '200 2'],
  'lengths that differ': [`${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nokk`, 'protocol BAD_HTTP'],
  'a negative length': [`${OK}content-length: -1\r\n\r\nok`, 'protocol BAD_HTTP'],
  'a length with a sign': [`${OK}content-length: +2\r\n\r\nok`, 'protocol BAD_HTTP'],
  'a length that is too large for a number': [`${OK}content-length: 99999999999999999999\r\n\r\nok`, 'protocol BAD_HTTP'],
  'less than its length': [`${OK}content-length: 10\r\n\r\nok`, 'reset CONNECTION_CLOSED'],
  'more than its length': [`${OK}content-length: 2\r\n\r\nokMORE`, '200 2'],
  'a length and chunks': [`${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`, '200 2'],
  'chunks with extensions and trailers': [`${OK}transfer-encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nx: y\r\n\r\n`, '200 2'],
  'a chunk that is cut': [`${OK}transfer-encoding: chunked\r\n\r\n20\r\nok`, 'reset CONNECTION_CLOSED'],
  'no last chunk': [`${OK}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n`, 'reset CONNECTION_CLOSED'],
  'a chunk size that is not a number': [`${OK}transfer-encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n`, 'protocol BAD_HTTP'],
  'a chunk size that is too large for a number': [`${OK}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nok`, 'protocol BAD_HTTP'],
  'a transfer encoding that ends with the connection': [`${OK}transfer-encoding: identity\r\n\r\nabc`, '200 3'],
  'a folded header': [`${OK}x: a\r\n b\r\ncontent-length: 2\r\n\r\nok`, '200 2'],
  'a space before the colon': [`${OK}x : a\r\ncontent-length: 2\r\n\r\nok`, '200 2'],
  'a header without a colon': [`${OK}nocolon\r\ncontent-length: 2\r\n\r\nok`, '200 2'],
  'a header without a name': [`${OK}: a\r\ncontent-length: 2\r\n\r\nok`, '200 2'],
  'NUL in a header': [`${OK}x: a\0b\r\ncontent-length: 2\r\n\r\nok`, 'protocol BAD_HTTP'],
  'a bare CR in a header': [`${OK}x: a\rb\r\ncontent-length: 2\r\n\r\nok`, '200 2'],
  'UTF-8 in a header': [`${OK}x: äöü\r\ncontent-length: 2\r\n\r\nok`, '200 2'],
  'a header that is too long': [`${OK}x: ${'a'.repeat(100_000)}\r\n\r\n`, 'protocol HEADERS_TOO_LARGE'],
  'too many headers': [`${OK}${'x: yyyyyyyy\r\n'.repeat(20_000)}\r\n`, 'protocol HEADERS_TOO_LARGE'],
  'another protocol': ['HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n', 'protocol OUT_OF_TURN'],
  'a 204 with a body': ['HTTP/1.1 204 No\r\ncontent-length: 2\r\n\r\nok', '204 0'],
  'a 304 that tells a length': ['HTTP/1.1 304 Not Modified\r\ncontent-length: 100\r\n\r\n', '304 0'],
  'a gzip body that is not gzip': [withBody('content-encoding: gzip\r\ncontent-length: 4', Buffer.from('abcd')), 'protocol Z_DATA_ERROR'],
  'gzip that is cut': [withBody(`content-encoding: gzip\r\ncontent-length: ${GZIP.length - 8}`, GZIP.subarray(0, -8)), '200 100000'],
  'gzip in two members': [
    withBody(`content-encoding: gzip\r\ncontent-length: ${2 * GZIP.length}`, Buffer.concat([GZIP, GZIP])),
    '200 200000',
  ],
  'gzip of nothing': [withBody('content-encoding: gzip\r\ncontent-length: 0', Buffer.alloc(0)), '200 0'],
  'an unknown encoding': [`${OK}content-encoding: foo\r\ncontent-length: 2\r\n\r\nok`, '200 2'],
  'a redirect without a Location': ['HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\r\n', '302 0'],
  'a redirect to an invalid URL': ['HTTP/1.1 302 Found\r\nlocation: http://[\r\ncontent-length: 0\r\n\r\n', 'protocol BAD_REDIRECT'],
  'a redirect to a file': [
    'HTTP/1.1 302 Found\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\n\r\n',
    'protocol UNSUPPORTED_REDIRECT',
  ],
  'a redirect to a script': [
    'HTTP/1.1 302 Found\r\nlocation: javascript:alert(1)\r\ncontent-length: 0\r\n\r\n',
    'protocol UNSUPPORTED_REDIRECT',
  ],
  'a redirect with an empty Location': ['HTTP/1.1 302 Found\r\nlocation: \r\ncontent-length: 0\r\n\r\n', '302 0'],
  'a redirect to itself': ['HTTP/1.1 302 Found\r\nlocation: ?\r\ncontent-length: 0\r\n\r\n', 'too-many-redirects REDIRECT_LOOP'],
};

function told(result: FetchResult): string {
  if (result.kind === 'response') return `${result.status} ${result.sizeBytes}`;
  return result.kind === 'failure' ? `${result.verdict} ${result.error.code}` : result.kind;
}

for (const [what, [written, expected]] of Object.entries(CASES)) {
  test(`a server that writes ${what} gives ${expected}`, async (t) => {
    const server = await rawServer(t, (socket) => socket.once('data', () => socket.end(written)));
    assert.equal(told(await fetcherFor(t)(server.origin)), expected);
  });
}

for (const [what, write] of [
  ['half of a status line', 'HTTP/1.1 2'],
  ['half of its headers', `${OK}x: `],
  ['half of its body', `${OK}content-length: 10\r\n\r\nok`],
  ['a greeting of SMTP', '220 mail'],
] as const) {
  test(`a server that writes ${what} and then nothing runs into the timeout`, async (t) => {
    const server = await rawServer(t, (socket: net.Socket) => socket.once('data', () => socket.write(write)));
    const isHttp = !what.includes('SMTP');
    const result = told(await fetcherFor(t)(server.origin, { timeoutMs: isHttp ? 150 : DEADLINE_MS }, { keepContent: true }));
    assert.equal(result, isHttp ? 'timeout TIMEOUT' : 'protocol BAD_HTTP');
  });
}

test('sends a single request line, whatever a URL contains', async (t) => {
  const lines: string[] = [];
  const server = await rawServer(t, (socket) =>
    socket.on('data', (chunk) => {
      lines.push(
        ...chunk
          .toString('latin1')
          .replace(/\r\n\r\n.*/s, '')
          .split('\r\n')
          .filter((line) => !/^[a-z-]+: /i.test(line)),
      );
      socket.write(`${OK}content-length: 0\r\n\r\n`);
    }),
  );
  const get = fetcherFor(t);
  const paths = [
    '/a b',
    '/a%0d%0aX: y',
    '/a\r\nX: y',
    '/a HTTP/1.1\r\nHost: b\r\n\r\nGET /c',
    '/ä?ü#x',
    '/a\tb',
    '/?q=\r\n\r\n',
    '/\u2028',
    '//x',
    '/\\x',
  ];
  for (const path of paths) await get(new URL(server.origin + path).href);
  assert.equal(lines.length, paths.length, lines.join('\n'));
  for (const line of lines) assert.match(line, /^GET \/[!-~]* HTTP\/1\.1$/);
});
