import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A port of this machine that leads to another one. */
export interface CuttableLine {
  port: number;
  /** Ends all connections at once, and refuses new ones. What was under way is lost. */
  cut(): Promise<void>;
}

export async function startCuttableLine(targetPort: number): Promise<CuttableLine> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // An engine that was closed leaves its line open: it is no reason for the process to stay.
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    cut: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
