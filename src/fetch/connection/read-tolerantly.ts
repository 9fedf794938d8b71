import type { Socket } from 'node:net';
import type { TolerantResponse } from './tolerant-response.ts';

/**
 * Makes readers of the socket receive the data as rewritten by `response`. If `response` refuses the data, the socket
 * is destroyed with its error.
 */
export function readTolerantly(socket: Socket, response: TolerantResponse): void {
  const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
  /** Data that was already rewritten, and then put back by undici's parser. */
  const givenBack: Buffer[] = [];

  socket.unshift = (chunk: Buffer) => {
    if (chunk.length > 0) givenBack.unshift(chunk);
  };

  // undici adds its listener later, so it reads the rest before it sees the end.
  socket.on('end', () => {
    try {
      const rest = response.end();
      if (rest.length === 0) return;
      givenBack.push(rest);
      socket.emit('readable');
    } catch (error) {
      socket.destroy(error as Error);
    }
  });

  socket.read = (size?: number) => {
    // Node's own calls, which do not read data.
    if (size !== undefined) return read(size);
    const again = givenBack.shift();
    if (again !== undefined) return again;
    for (let chunk = read(); chunk !== null; chunk = read()) {
      try {
        const rewritten = response.write(chunk);
        if (rewritten.length > 0) return rewritten;
      } catch (error) {
        socket.destroy(error as Error);
        return null;
      }
    }
    return null;
  };
}
