import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort, type RedisServer, type RedisServerOptions, startRedisServer } from './redis-server.ts';
import { until } from './until.ts';

/** A server of the tests, and the user to log in as. */
interface Told {
  port: number;
  username?: string;
  password?: string;
}

/** Sends one command on a separate connection. */
export async function tell({ port, username, password }: Told, command: string, ...args: Array<string | number>): Promise<unknown> {
  const redis = new Redis(port, '127.0.0.1', {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    retryStrategy: () => null,
  });
  redis.on('error', () => {});
  try {
    return await redis.call(command, ...args);
  } finally {
    redis.disconnect();
  }
}

export const MASTER_NAME = 'mymaster';

export interface SentinelDeployment {
  url: string;
  master: RedisServer;
  replica: RedisServer;
  sentinels: readonly RedisServer[];
  /** The port at which clients reach the replica. */
  replicaPort: number;
  /** The port at which clients reach the master, as a Sentinel says. */
  masterPort(user?: Omit<Told, 'port'>): Promise<number>;
  stop(): Promise<void>;
}

/** Files in PEM, for servers that want a certificate of their clients. */
interface ServerTls {
  ca: string;
  cert: string;
  key: string;
}

/** A master with a replica, and three Sentinels that promote the replica a second after the master is gone. With `tls`, they speak TLS among each other and with clients. */
export async function startSentinels({
  args = [],
  sentinelLines = [],
  tls,
}: {
  args?: string[];
  sentinelLines?: string[];
  tls?: ServerTls;
} = {}): Promise<SentinelDeployment> {
  const start = async (options: RedisServerOptions): Promise<{ server: RedisServer; port: number }> => {
    if (tls === undefined) {
      const server = await startRedisServer(options);
      return { server, port: server.port };
    }
    const port = await freePort();
    const files = ['--tls-cert-file', tls.cert, '--tls-key-file', tls.key, '--tls-ca-cert-file', tls.ca];
    const own = ['--tls-port', String(port), '--tls-auth-clients', 'yes', '--tls-replication', 'yes', ...files];
    return { server: await startRedisServer({ ...options, args: [...(options.args ?? []), ...own] }), port };
  };
  const master = await start({ args });
  const replica = await start({ args: [...args, '--replicaof', `127.0.0.1 ${master.port}`] });
  const folder = mkdtempSync(join(tmpdir(), 'trawl-sentinels-'));
  const started = await Promise.all(
    [0, 1, 2].map((number) => {
      const file = join(folder, `sentinel-${number}.conf`);
      const lines = [
        `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${master.port} 2`,
        `sentinel down-after-milliseconds ${MASTER_NAME} 1000`,
        `sentinel failover-timeout ${MASTER_NAME} 3000`,
      ];
      writeFileSync(file, `${[...lines, ...sentinelLines].join('\n')}\n`);
      return start({ sentinelConfig: file });
    }),
  );
  const sentinels = started.map(({ server }) => server);
  const masterPort = async (user: Omit<Told, 'port'> = {}) => {
    const address = await tell({ port: (sentinels[0] as RedisServer).port, ...user }, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER_NAME);
    return Number((address as string[])[1]);
  };
  await until(async () => {
    const known = (await Promise.all(sentinels.map((it) => tell(it, 'SENTINEL', 'MASTER', MASTER_NAME)))) as string[][];
    const value = (fields: string[], name: string) => fields[fields.indexOf(name) + 1];
    return known.every((fields) => value(fields, 'num-slaves') === '1' && value(fields, 'num-other-sentinels') === '2');
  }, 'Sentinels that know each other and the replica');
  await until(async () => String(await tell(replica.server, 'INFO', 'replication')).includes('master_link_status:up'), 'a replica in step');
  return {
    url: `${tls === undefined ? 'redis' : 'rediss'}+sentinel://${started.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${MASTER_NAME}`,
    master: master.server,
    replica: replica.server,
    replicaPort: replica.port,
    sentinels,
    masterPort,
    async stop() {
      await Promise.all([master.server, replica.server, ...sentinels].map((server) => server.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface ClusterDeployment {
  url: string;
  /** The masters, which share the slots evenly. */
  masters: readonly RedisServer[];
  /** One replica for each master, if requested. */
  replicas: readonly RedisServer[];
  /** The server that is currently the master of the key's slot. */
  ownerOf(key: string): Promise<RedisServer>;
  stop(): Promise<void>;
}

const SLOTS = 16_384;
const MASTERS = 3;

/** A cluster of three masters, and on request one replica for each. */
export async function startCluster({
  replicas: wanted = false,
  binary,
}: {
  replicas?: boolean;
  binary?: string;
} = {}): Promise<ClusterDeployment> {
  const start = async (): Promise<{ server: RedisServer; bus: number }> => {
    const bus = await freePort();
    const args = [
      '--cluster-enabled',
      'yes',
      '--cluster-node-timeout',
      '2000',
      '--cluster-port',
      String(bus),
      '--cluster-config-file',
      'nodes.conf',
    ];
    const options: RedisServerOptions = { args, ...(binary !== undefined && { binary }) };
    return { server: await startRedisServer(options), bus };
  };
  const nodes = await Promise.all(Array.from({ length: wanted ? 2 * MASTERS : MASTERS }, start));
  const servers = nodes.map(({ server }) => server);
  const [masters, replicas] = [servers.slice(0, MASTERS), servers.slice(MASTERS)];
  const [first] = masters as [RedisServer];
  for (const [index, master] of masters.entries()) {
    const [from, to] = [index, index + 1].map((part) => Math.floor((part * SLOTS) / MASTERS)) as [number, number];
    await tell(master, 'CLUSTER', 'ADDSLOTSRANGE', from, to - 1);
    await tell(master, 'CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  }
  for (const { server, bus } of nodes.slice(1)) await tell(first, 'CLUSTER', 'MEET', '127.0.0.1', server.port, bus);
  const isWhole = async (server: RedisServer) => {
    const info = String(await tell(server, 'CLUSTER', 'INFO'));
    return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes.length}`);
  };
  await until(async () => (await Promise.all(servers.map(isWhole))).every(Boolean), 'a cluster that is whole');
  for (const [index, replica] of replicas.entries())
    await tell(replica, 'CLUSTER', 'REPLICATE', String(await tell(masters[index] as RedisServer, 'CLUSTER', 'MYID')));
  await until(async () => {
    const states = await Promise.all(replicas.map((replica) => tell(replica, 'INFO', 'replication')));
    return states.every((state) => String(state).includes('master_link_status:up'));
  }, 'replicas in step');
  return {
    url: `redis+cluster://${masters.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    masters,
    replicas,
    async ownerOf(key) {
      for (const server of servers) {
        const own = await Promise.resolve(tell(server, 'INFO', 'replication')).catch(() => '');
        if (!String(own).includes('role:master')) continue;
        const slot = Number(await tell(server, 'CLUSTER', 'KEYSLOT', key));
        const ranges = (await tell(server, 'CLUSTER', 'SLOTS')) as Array<[number, number, [string, number]]>;
        const port = ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][1];
        const owner = servers.find((it) => it.port === port);
        if (owner !== undefined) return owner;
      }
      throw new Error('no node has the slot');
    },
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}
