import assert from 'node:assert/strict';
import type net from 'node:net';
import { test } from 'node:test';
import { failure, fetcherFor, rawServer, response } from '../local-servers.ts';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** Writes the pieces in order, each in its own packet. */
function writePieces(socket: net.Socket, pieces: readonly string[]): void {
  socket.setNoDelay(true);
  const [first, ...rest] = pieces;
  if (first === undefined) return;
  socket.write(first, 'latin1', () => setTimeout(() => writePieces(socket, rest), 2));
}

for (const [what, pieces] of [
  ['before its response', [CONTINUE + OK]],
  ['in a packet of its own', [CONTINUE, OK]],
  ['byte by byte', [...(CONTINUE + OK)]],
  ['with headers', ['HTTP/1.1 100 Continue\r\nx: y\r\n', '\r\n', OK]],
  ['of HTTP/1.0', ['HTTP/1.0 100 Continue\r\n\r\n', OK]],
  ['several times, and other hints', [CONTINUE, CONTINUE, 'HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n', OK]],
] as const) {
  test(`ignores an unrequested 100 Continue ${what}`, async (t) => {
    const server = await rawServer(t, (socket) => socket.on('data', () => writePieces(socket, pieces)));
    const get = fetcherFor(t);
    for (const path of ['/1', '/2', '/3']) {
      const result = response(await get(server.origin + path));
      assert.deepEqual([result.status, result.sizeBytes, result.requests], [200, 2, 1]);
    }
    assert.equal(server.connections, 1, 'the connection is kept');
  });
}

test('does not change a response without one, whatever it looks like', async (t) => {
  const server = await rawServer(t, (socket) => socket.on('data', () => writePieces(socket, ['HTTP/1.', '1 10', '1 Switching\r\n\r\n'])));
  assert.equal(failure(await fetcherFor(t)(server.origin)).verdict, 'protocol');
});

for (const [what, write] of [
  ['that repeats forever', (socket: net.Socket) => setInterval(() => socket.write(CONTINUE.repeat(20)), 5)],
  ['that does not end', (socket: net.Socket) => setInterval(() => socket.write(`HTTP/1.1 100 Continue\r\nx: ${'y'.repeat(500)}`), 5)],
] as const) {
  test(`a 100 Continue ${what} is a protocol failure`, async (t) => {
    const server = await rawServer(t, (socket) => {
      const timer = write(socket);
      socket.on('close', () => clearInterval(timer));
    });
    assert.equal(failure(await fetcherFor(t)(server.origin)).verdict, 'protocol');
  });
}

test('a connection that closes after a 100 Continue gave no response', async (t) => {
  const server = await rawServer(t, (socket) => socket.once('data', () => socket.end(CONTINUE)));
  assert.equal(failure(await fetcherFor(t)(server.origin)).verdict, 'reset');
});
