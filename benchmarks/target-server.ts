import { createServer } from 'node:net';

/**
 * The target of the benchmark, in a process of its own: answers each GET with the same 200-byte page, on every address of 127.0.0.0/8.
 * Raw sockets, so that it costs far less than its clients. Prints its port.
 */
const BODY = 'x'.repeat(200);
const RESPONSE = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`);
const END_OF_HEAD = Buffer.from('\r\n\r\n');

const server = createServer({ noDelay: true }, (socket) => {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = data.indexOf(END_OF_HEAD); end !== -1; end = data.indexOf(END_OF_HEAD, from)) {
      from = end + END_OF_HEAD.length;
      socket.write(RESPONSE);
    }
    rest = data.subarray(from);
  });
  socket.on('error', () => {});
});
server.listen({ port: 0, host: '0.0.0.0', backlog: 4_096 }, () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') console.log(address.port);
});
process.on('disconnect', () => process.exit(0));
