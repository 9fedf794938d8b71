import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The address on which a server listens. */
export interface ListenAddress {
  /** A name or an IP address; IPv6 addresses are without brackets. */
  host: string;
  /** 0 chooses a free port. */
  port: number;
}

/**
 * Starts a server and returns its origin, with the actual port. Rejects with an error that names the address if the
 * address cannot be used.
 */
export async function listenOn(server: Server, { host, port }: ListenAddress): Promise<string> {
  server.listen(port, host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`cannot listen on ${host}:${port}: ${error.message}`, { cause: error });
  });
  const { address, family, port: actualPort } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${actualPort}`;
}

/** Stops accepting connections. Resolves when all open ones are closed. After `drainMs`, they are closed by force. */
export async function endServer(server: Server, drainMs: number): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const drain = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(drain);
}
