import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort, type RedisServer, type RedisServerOptions, startRedisServer } from './redis-server.ts';
import { until } from './until.ts';

/** Sends one command on a separate connection. */
export async function tell(server: Pick<RedisServer, 'port'>, command: string, ...args: Array<string | number>): Promise<unknown> {
  const redis = new Redis(server.port, '127.0.0.1', { retryStrategy: () => null });
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
  /** The port of the master, according to most Sentinels. */
  masterPort(): Promise<number>;
  stop(): Promise<void>;
}

/** A master with a replica, and three Sentinels that promote the replica a second after the master is gone. */
export async function startSentinels({
  args = [],
  sentinelLines = [],
}: {
  args?: string[];
  sentinelLines?: string[];
} = {}): Promise<SentinelDeployment> {
  const master = await startRedisServer({ args });
  const replica = await startRedisServer({ args: [...args, '--replicaof', `127.0.0.1 ${master.port}`] });
  const folder = mkdtempSync(join(tmpdir(), 'trawl-sentinels-'));
  const sentinels = await Promise.all(
    [0, 1, 2].map((number) => startSentinel(join(folder, `sentinel-${number}.conf`), master.port, sentinelLines)),
  );
  const masterPort = async () =>
    Number(((await tell(sentinels[0] as RedisServer, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER_NAME)) as string[])[1]);
  await until(async () => {
    const known = (await Promise.all(sentinels.map((it) => tell(it, 'SENTINEL', 'MASTER', MASTER_NAME)))) as string[][];
    const value = (fields: string[], name: string) => fields[fields.indexOf(name) + 1];
    return known.every((fields) => value(fields, 'num-slaves') === '1' && value(fields, 'num-other-sentinels') === '2');
  }, 'Sentinels that know each other and the replica');
  await until(async () => String(await tell(replica, 'INFO', 'replication')).includes('master_link_status:up'), 'a replica in step');
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${MASTER_NAME}`,
    master,
    replica,
    sentinels,
    masterPort,
    async stop() {
      await Promise.all([master, replica, ...sentinels].map((server) => server.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function startSentinel(file: string, masterPort: number, lines: readonly string[]): Promise<RedisServer> {
  const own = [
    `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${MASTER_NAME} 1000`,
    `sentinel failover-timeout ${MASTER_NAME} 3000`,
  ];
  writeFileSync(file, `${[...own, ...lines].join('\n')}\n`);
  return startRedisServer({ sentinelConfig: file });
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
