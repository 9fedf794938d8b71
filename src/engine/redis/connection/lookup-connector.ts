import { connect as connectTcp, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, Redis, type RedisOptions } from 'ioredis';
import type { HostAndPort } from '../../../options/redis-url.ts';

/** Time limit for one server to answer where the master is. */
const LOOKUP_MS = 3_000;
const DISCONNECT_MS = 2_000;

/** The answer of a server of the deployment. */
interface Found {
  master: HostAndPort;
  /** Further servers that can be asked if the known ones are gone. */
  others: readonly HostAndPort[];
}

/** Asks a server where the master is. Rejects if it does not know. */
export type Locate = (server: Redis, asked: HostAndPort) => Promise<Found>;

type Stream = ReturnType<typeof connectTcp>;

interface Lookup {
  /** The servers to ask, in this order. */
  seeds: readonly HostAndPort[];
  locate: Locate;
  /** Credentials and TLS for the servers that are asked. */
  server: RedisOptions;
  /** For connections to the master. */
  master: Pick<RedisOptions, 'tls' | 'family'>;
}

/**
 * A connector for ioredis that asks Sentinels or the nodes of a Redis Cluster where the master is, before each connection
 * (docs/decisions/0042). A connection and its duplicates share what they learn about further servers. A failed lookup counts
 * as a refused connection, so retries, patience and messages are those of a single Redis.
 */
export function lookupConnector({ seeds, locate, server, master }: Lookup): new () => AbstractConnector {
  const known = [...seeds];
  return class LookupConnector extends AbstractConnector {
    #asking: Redis | undefined;
    #emit: (type: string, error: Error) => void = () => {};
    #at = '';

    constructor() {
      super(DISCONNECT_MS);
    }

    override async connect(emit: (type: string, error: Error) => void): Promise<Stream> {
      this.#emit = emit;
      this.connecting = true;
      delete this.firstError;
      const problems: string[] = [];
      for (const asked of [...known]) {
        try {
          const { master, others } = await this.#ask(asked);
          this.#mustGoOn();
          remember(others);
          // Next time, ask the one that answered first.
          known.splice(known.indexOf(asked), 1);
          known.unshift(asked);
          return this.#open(master);
        } catch (error) {
          this.#mustGoOn();
          problems.push(`${nameOf(asked)}: ${(error as Error).message}`);
        }
      }
      return this.#refused(new Error(`no server says where the master is (${problems.join('; ')})`));
    }

    override disconnect(): void {
      super.disconnect();
      this.#asking?.disconnect();
    }

    /** False for a server that is no longer the master, which is then looked up again. If INFO is refused, assume that it is. */
    override check({ role }: { role?: string }): boolean {
      if (role === undefined || role === 'master') return true;
      this.#emit('error', new Error(`${this.#at} is a replica by now: looking for the new master`));
      // The server that named it is out of date, so ask it last.
      known.push(...known.splice(0, 1));
      return false;
    }

    async #ask(asked: HostAndPort): Promise<Found> {
      const client = new Redis({ ...QUICK, ...server, ...asked });
      this.#asking = client;
      let problem: Error | undefined;
      client.on('error', (error: Error) => {
        problem ??= error;
      });
      try {
        return await locate(client, asked);
      } catch (error) {
        // The error of the command only says that the connection is closed.
        throw problem ?? error;
      } finally {
        client.disconnect();
        this.#asking = undefined;
      }
    }

    #open(at: HostAndPort): Stream {
      this.#at = nameOf(at);
      const { tls, family } = master;
      const to = { ...at, ...(family !== undefined && { family }) };
      const stream: Stream = tls === undefined ? connectTcp(to) : connectTls({ ...to, ...tls });
      stream.once('error', (error) => {
        this.firstError = error;
      });
      this.stream = stream;
      return stream;
    }

    /** Fails as if the connection had been refused. */
    #refused(error: Error): Stream {
      const stream = new Socket();
      stream.destroy();
      this.firstError = error;
      this.stream = stream;
      return stream;
    }

    #mustGoOn(): void {
      if (!this.connecting) throw new Error('Connection is closed.');
    }
  };

  function remember(others: readonly HostAndPort[]): void {
    for (const other of others) {
      if (!known.some(({ host, port }) => host === other.host && port === other.port)) known.push(other);
    }
  }
}

const QUICK: RedisOptions = {
  connectTimeout: LOOKUP_MS,
  commandTimeout: LOOKUP_MS,
  retryStrategy: () => null,
  enableReadyCheck: false,
  disableClientInfo: true,
};

function nameOf({ host, port }: HostAndPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Asks a Sentinel for the master of this name. */
export function sentinelLocator(masterName: string): Locate {
  return async (sentinel) => {
    const address = (await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName)) as [string, string] | null;
    if (address === null) throw new Error(`it knows no master named ${masterName}`);
    // Only useful later, so ignore a Sentinel that refuses this.
    const sentinels = (await sentinel.call('SENTINEL', 'SENTINELS', masterName).catch(() => [])) as string[][];
    return { master: { host: address[0], port: Number(address[1]) }, others: sentinels.flatMap(reachable) };
  };
}

/** Reads a flat list of names and values. */
function reachable(fields: readonly string[]): HostAndPort[] {
  const value = (name: string) => fields[fields.indexOf(name) + 1] ?? '';
  return value('flags').includes('disconnected') ? [] : [{ host: value('ip'), port: Number(value('port')) }];
}

type SlotNode = [host: string | null, port: number, ...rest: unknown[]];
type SlotRange = [first: number, last: number, master: SlotNode, ...replicas: SlotNode[]];

/** Asks a node of a cluster for the master that has the key. */
export function slotLocator(key: string): Locate {
  return async (node, asked) => {
    const [slot, ranges] = (await Promise.all([node.call('CLUSTER', 'KEYSLOT', key), node.call('CLUSTER', 'SLOTS')])) as [
      number,
      SlotRange[],
    ];
    // A node that does not know its own address returns none.
    const addressOf = ([host, port]: SlotNode): HostAndPort => ({
      host: host === null || host === '' || host === '?' ? asked.host : host,
      port,
    });
    const range = ranges.find(([first, last]) => first <= slot && slot <= last);
    if (range === undefined) throw new Error(`no node of the cluster serves slot ${slot} at present`);
    return { master: addressOf(range[2]), others: ranges.flatMap(([, , ...nodes]) => nodes.map(addressOf)) };
  };
}
