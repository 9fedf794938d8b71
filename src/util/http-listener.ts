import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a server listens. */
export interface ListenAddress {
  /** A name or an IP address, IPv6 without brackets. */
  host: string;
  /** 0: any free port. */
  port: number;
}

/** Listens, and gives the server's origin, with the port that it got. Rejects with an error that names the address if that cannot be used. */
export async function listenOn(server: Server, { host, port }: ListenAddress): Promise<string> {
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`cannot listen on ${host}:${port}: ${error.message}`, { cause: error });
  });
  const { address, family, port: taken } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`;
}

/** Takes no further connection, and resolves when those under way are closed, by force after `drainMs`. */
export async function endServer(server: Server, drainMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const drain = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(drain);
}
