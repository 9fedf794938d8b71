import { execFileSync } from 'node:child_process';
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, ClusterOptions, Part } from './cluster.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface Scenario {
  name: string;
  meaning: string;
  /** What it runs with unless told. */
  urls: number;
  kills: number;
  poisonous?: number;
  proxied?: boolean;
  /** Redis loses data, so that requests beyond those in flight at a fault come twice. */
  losesData?: boolean;
  /** Variables for each process as it starts. */
  env?: (part: Part, random: SeededRandom) => Record<string, string>;
  /** Does its `kills` while the run goes on. */
  disturb: (cluster: Cluster, kills: number) => Promise<void>;
}

/** Longer than the lock of a second. */
const STOPPED_MS = 2_500;

/** Spreads faults over the run: one each time that its share of the requests has come. */
async function spread(cluster: Cluster, kills: number, fault: (index: number) => Promise<void> | void): Promise<void> {
  for (let index = 0; index < kills && !cluster.isOver(); index++) {
    await cluster.until(((index + 1) * cluster.inputs.length) / (kills + 1));
    if (!cluster.isOver()) await fault(index);
  }
}

/** Waits until the processes have killed themselves so often as they were told to, or the run is over. */
async function watchDeaths(cluster: Cluster, part: Part, kills: number, what: string, workers: number): Promise<void> {
  const counted = new Set<number | undefined>();
  while (cluster.faults.length < kills && !cluster.isOver()) {
    for (const child of cluster.running(part)) {
      if (counted.has(child.pid)) continue;
      counted.add(child.pid);
      child.once('exit', (_, signal) => {
        if (signal === 'SIGKILL') cluster.fault(`${part} ${child.pid} died ${what}`, workers);
      });
    }
    await sleep(20);
  }
}

function kill(cluster: Cluster, part: Part, signal: NodeJS.Signals, workers: number): void {
  const victims = cluster.running(part);
  if (victims.length === 0) return;
  const victim = cluster.random.pick(victims);
  victim.kill(signal);
  cluster.fault(`${signal} to ${part} ${victim.pid}`, workers);
}

const dies = (part: Part, points: readonly string[], most: number) => (started: Part, random: SeededRandom) =>
  started === part ? { CHAOS_DIE: `${random.pick(points)}:${random.between(1, most)}` } : {};

async function cutAppendOnlyFile(cluster: Cluster): Promise<void> {
  const cut = cluster.random.between(1, 100_000);
  cluster.fault(`Redis killed, and ${cut} bytes cut off its append-only file`, 0);
  await cluster.killRedis((dir) => {
    const folder = join(dir, 'appendonlydir');
    const file = join(
      folder,
      readdirSync(folder)
        .filter((name) => name.includes('.incr.'))
        .sort()
        .at(-1) as string,
    );
    truncateSync(file, Math.max(0, statSync(file).size - cut));
    // Redis 7.0 leaves a torn transaction in the file, behind which it writes on, and applies half of it at the next start.
    execFileSync('redis-check-aof', ['--fix', file], { input: 'y\n', stdio: ['pipe', 'ignore', 'ignore'] });
  });
}

const RANDOM_FAULTS: ReadonlyArray<(cluster: Cluster) => Promise<void> | void> = [
  (cluster) => kill(cluster, 'worker', 'SIGKILL', 1),
  (cluster) => kill(cluster, 'worker', 'SIGKILL', 1),
  (cluster) => kill(cluster, 'worker', 'SIGTERM', 0),
  (cluster) => kill(cluster, 'collect', 'SIGKILL', 0),
  (cluster) => kill(cluster, 'enqueue', 'SIGKILL', 0),
  stopWorker,
  async (cluster) => {
    cluster.fault('Redis killed', 3);
    await cluster.killRedis();
  },
  (cluster) => {
    cluster.fault('connections reset', 3);
    cluster.proxy.reset();
  },
];

async function stopWorker(cluster: Cluster): Promise<void> {
  const victim = cluster.random.pick(cluster.running('worker'));
  if (victim === undefined) return;
  victim.kill('SIGSTOP');
  cluster.fault(`worker ${victim.pid} stopped for ${STOPPED_MS} ms`, 1);
  await sleep(STOPPED_MS);
  victim.kill('SIGCONT');
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'worker-kill',
    meaning: 'SIGKILL of workers, at random',
    urls: 20_000,
    kills: 50,
    disturb: (cluster, kills) => spread(cluster, kills, () => kill(cluster, 'worker', 'SIGKILL', 1)),
  },
  {
    name: 'worker-kill-pinned',
    meaning: 'workers die before a request, in the middle of a body, before a settle, after one',
    urls: 20_000,
    kills: 30,
    env: dies('worker', ['before-fetch', 'mid-body', 'before-settle', 'after-settle'], 400),
    disturb: (cluster, kills) => watchDeaths(cluster, 'worker', kills, 'at a pinned point', 1),
  },
  {
    name: 'worker-poison',
    meaning: '15 URLs that kill every worker which requests them',
    urls: 1_000,
    kills: 75,
    poisonous: 15,
    env: (part) => (part === 'worker' ? { CHAOS_DIE: 'poison' } : {}),
    disturb: (cluster, kills) => watchDeaths(cluster, 'worker', kills, 'of poison', 1),
  },
  {
    name: 'worker-stop',
    meaning: 'SIGSTOP of workers for longer than their lock, then SIGCONT',
    urls: 60_000,
    kills: 5,
    disturb: async (cluster, kills) => {
      const stops: Array<Promise<void>> = [];
      await spread(cluster, kills, () => void stops.push(stopWorker(cluster)));
      await Promise.all(stops);
    },
  },
  {
    name: 'worker-block',
    meaning: 'workers whose event loop is blocked for longer than their lock',
    urls: 60_000,
    kills: 3,
    env: (part, random) => (part === 'worker' ? { CHAOS_DIE: `block:${random.between(500, 2_000)}:${STOPPED_MS}` } : {}),
    disturb: async (cluster) => {
      for (const child of cluster.running('worker')) cluster.fault(`worker ${child.pid} will be blocked`, 1);
    },
  },
  {
    name: 'worker-rolling',
    meaning: 'SIGTERM of one worker after another',
    urls: 20_000,
    kills: 20,
    disturb: (cluster, kills) => spread(cluster, kills, () => kill(cluster, 'worker', 'SIGTERM', 0)),
  },
  {
    name: 'collector-kill',
    meaning: 'SIGKILL of the collector, at random',
    urls: 20_000,
    kills: 20,
    disturb: (cluster, kills) => spread(cluster, kills, () => kill(cluster, 'collect', 'SIGKILL', 0)),
  },
  {
    name: 'collector-kill-pinned',
    meaning: 'the collector dies before a write, in the middle of a line, after a sync',
    urls: 20_000,
    kills: 15,
    env: dies('collect', ['log-before-write', 'log-mid-line', 'log-after-sync'], 4),
    disturb: (cluster, kills) => watchDeaths(cluster, 'collect', kills, 'at a pinned point', 0),
  },
  {
    name: 'producer-kill',
    meaning: 'SIGKILL of the producer at a random moment, then the same command again',
    urls: 100_000,
    kills: 10,
    disturb: async (cluster, kills) => {
      for (let done = 0; done < kills; ) {
        const [producer] = cluster.running('enqueue');
        await sleep(cluster.random.between(300, 700));
        if (producer === undefined || producer.exitCode !== null) return;
        producer.kill('SIGKILL');
        cluster.fault(`SIGKILL to enqueue ${producer.pid}`, 0);
        done++;
        await sleep(50);
      }
    },
  },
  {
    name: 'redis-kill',
    meaning: 'SIGKILL of Redis, and start from its append-only file',
    urls: 30_000,
    kills: 5,
    disturb: (cluster, kills) =>
      spread(cluster, kills, async () => {
        cluster.fault('Redis killed', 3);
        await cluster.killRedis();
      }),
  },
  {
    name: 'aof-cut',
    meaning: 'SIGKILL of Redis, and its append-only file cut at a random byte of its end',
    urls: 20_000,
    kills: 3,
    losesData: true,
    disturb: (cluster, kills) => spread(cluster, kills, () => cutAppendOnlyFile(cluster)),
  },
  {
    name: 'lost-replies',
    meaning: 'Redis executes a command, and its reply is lost with the connection, for every command',
    urls: 30_000,
    kills: 20,
    proxied: true,
    disturb: async (cluster, kills) => {
      const { proxy, random } = cluster;
      proxy.losesReplyTo = (command) => {
        const loses = (proxy.lost.get(command) ?? 0) < kills && random.next() < 0.05;
        if (loses) cluster.fault(`a reply to ${command} lost`, 1);
        return loses;
      };
      await cluster.until(cluster.inputs.length);
      proxy.losesReplyTo = () => false;
    },
  },
  {
    name: 'network',
    meaning: 'connections to Redis reset, half open, or open one way only',
    urls: 30_000,
    kills: 6,
    proxied: true,
    disturb: (cluster, kills) =>
      spread(cluster, kills, async () => {
        const how = cluster.random.pick(['reset', 'both', 'to-redis', 'from-redis'] as const);
        cluster.fault(how === 'reset' ? 'connections reset' : `nothing passes ${how}`, 3);
        if (how !== 'reset') {
          cluster.proxy.swallow(how, 2_000);
          await sleep(2_000);
        }
        // What was swallowed is never answered: it takes a new connection to go on.
        cluster.proxy.reset();
      }),
  },
  {
    name: 'everything',
    meaning: 'all of it, at random',
    urls: 40_000,
    kills: 25,
    proxied: true,
    disturb: (cluster, kills) => spread(cluster, kills, () => cluster.random.pick(RANDOM_FAULTS)(cluster)),
  },
];

/** What the cluster of a scenario is started with. */
export function clusterOptions(
  scenario: Scenario,
  given: Pick<ClusterOptions, 'root' | 'urls' | 'mostDeaths' | 'random' | 'say'>,
): ClusterOptions {
  const { poisonous = 0, proxied = false, env } = scenario;
  return { ...given, workers: 3, poisonous, proxied, ...(env && { env: (part) => env(part, given.random) }) };
}
