import { execFileSync } from 'node:child_process';
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../cluster.ts';
import { killRedis, OF_ALL, spread } from '../disturb.ts';
import type { Scenario } from '../scenario.ts';
import { loseReplies, someOfEach } from './lost-replies.ts';

const SWALLOWED_MS = 2_000;
const ENQUEUE_MS = 10_000;
const LOOK_MS = 50;

async function cutAppendOnlyFile(cluster: Cluster): Promise<void> {
  const cut = cluster.random.between(1, 100_000);
  cluster.fault('data loss', `Redis killed, and ${cut} bytes cut off its append-only file`);
  await cluster.killRedis((dir) => {
    const folder = join(dir, 'appendonlydir');
    const newest = readdirSync(folder)
      .filter((name) => name.includes('.incr.'))
      .sort()
      .at(-1) as string;
    const file = join(folder, newest);
    truncateSync(file, Math.max(0, statSync(file).size - cut));
    // Redis 7.0 leaves a torn transaction in the file, keeps writing after it, and applies half of it at the next start.
    execFileSync('redis-check-aof', ['--fix', file], { input: 'y\n', stdio: ['pipe', 'ignore', 'ignore'] });
  });
}

/** All enqueued URLs wait for workers, and the collector for a first row. A long list does not fit the queue, so its producer waits too. */
async function killBeforeWorkers(cluster: Cluster): Promise<void> {
  for (let waited = 0; cluster.processes.running('enqueue').length > 0 && waited < ENQUEUE_MS; waited += LOOK_MS) await sleep(LOOK_MS);
  await killRedis(cluster);
  cluster.startWorkers();
}

/** Resets connections, immediately or after a time in which nothing passes, or nothing in one direction. */
export async function disturbNetwork(cluster: Cluster): Promise<void> {
  const how = cluster.random.pick(['reset', 'both', 'to-redis', 'from-redis'] as const);
  cluster.fault('network', how === 'reset' ? 'connections reset' : `nothing passes ${how}`, OF_ALL);
  if (how !== 'reset') {
    cluster.proxy.swallow(how, SWALLOWED_MS);
    await sleep(SWALLOWED_MS);
  }
  // Swallowed commands are never answered: continuing takes a new connection.
  cluster.proxy.reset();
}

export const REDIS_SCENARIOS: readonly Scenario[] = [
  {
    name: 'redis-kill',
    meaning: 'SIGKILL of Redis, and restart from its append-only file',
    kills: 8,
    urlsPerKill: 3_000,
    lateWorkers: true,
    disturb: async (cluster, kills) => {
      await killBeforeWorkers(cluster);
      await spread(cluster, kills - 1, () => killRedis(cluster));
    },
  },
  {
    name: 'aof-cut',
    meaning:
      'SIGKILL of Redis, and its append-only file cut at a random byte near its end; replies to the commands that restore the log are lost',
    kills: 5,
    urlsPerKill: 4_000,
    losesData: true,
    proxied: true,
    disturb: async (cluster, kills) => {
      const isLost = someOfEach(cluster, 2 * kills);
      loseReplies(cluster, (command) => command === 'trawlRestore' && isLost(command));
      await spread(cluster, kills, () => cutAppendOnlyFile(cluster));
    },
  },
  {
    name: 'network',
    meaning: 'connections to Redis reset, half open, or open one way only',
    kills: 8,
    urlsPerKill: 4_000,
    proxied: true,
    disturb: (cluster, kills) => spread(cluster, kills, () => disturbNetwork(cluster)),
  },
];
