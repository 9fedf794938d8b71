import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../cluster.ts';
import { awaitFaults, block, doomed, endWorker, kill, killRedis, type Points, spread, stop } from '../disturb.ts';
import type { Part } from '../processes.ts';
import type { Scenario } from '../scenario.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { COLLECTOR_POINTS } from './collector.ts';
import { loseReplies } from './lost-replies.ts';
import { pauseAndResume } from './pause.ts';
import { producerPoints } from './producer.ts';
import { disturbNetwork } from './redis.ts';
import { WORKER_POINTS } from './worker.ts';

/** The share of starting processes that also end themselves. */
const DOOMED = 0.2;
const LOSSES = 3;
const LOOK_MS = 20;

const FAULTS: ReadonlyArray<(cluster: Cluster) => Promise<void> | void> = [
  (cluster) => kill(cluster, 'worker'),
  (cluster) => kill(cluster, 'worker'),
  (cluster) => kill(cluster, 'collect'),
  (cluster) => kill(cluster, 'enqueue'),
  (cluster) => stop(cluster, 'worker'),
  (cluster) => stop(cluster, 'collect'),
  endWorker,
  block,
  killRedis,
  disturbNetwork,
  pauseAndResume,
  loseSomeReplies,
];

/** Makes replies to the next commands get lost. */
async function loseSomeReplies(cluster: Cluster): Promise<void> {
  const before = cluster.faults.length;
  let left = LOSSES;
  loseReplies(cluster, () => left-- > 0);
  for (; cluster.faults.length === before && !cluster.isOver(); await sleep(LOOK_MS)) left = Math.max(1, left);
  cluster.proxy.losesReplyTo = () => false;
}

function env(part: Part, random: SeededRandom, urls: number): Record<string, string> {
  if (random.next() > DOOMED) return {};
  return doomed(random, pointsOf(part, urls));
}

function pointsOf(part: Part, urls: number): Points {
  if (part === 'worker') return WORKER_POINTS;
  return part === 'collect' ? COLLECTOR_POINTS : producerPoints(urls);
}

/** What the long scenarios do many times, each once. */
const EACH: ReadonlyArray<(cluster: Cluster) => Promise<void> | void> = [
  (cluster) => stop(cluster, 'worker'),
  killRedis,
  endWorker,
  (cluster) => stop(cluster, 'collect'),
  disturbNetwork,
  pauseAndResume,
];

export const EACH_ONCE: Scenario = {
  name: 'each-once',
  meaning:
    'a worker and the collector are stopped for longer than their locks, Redis is killed, a worker ends, the network fails, the run is paused',
  kills: EACH.length,
  urlsPerKill: 300,
  proxied: true,
  prepare: (cluster) => {
    // Some of them take seconds, in which the other worker must not finish a short list.
    cluster.target.slowMs = 10 * cluster.target.slowMs;
  },
  disturb: (cluster, kills) => spread(cluster, kills, (index) => EACH[index % EACH.length]?.(cluster)),
};

export const ALL_PINNED: Scenario = {
  name: 'all-kill-pinned',
  meaning: 'workers, the collector and the producer die at their most critical points, in one run',
  kills: 20,
  urlsPerKill: 300,
  env: (part, random, urls) => doomed(random, pointsOf(part, urls)),
  disturb: (cluster, kills) => awaitFaults(cluster, kills, () => cluster.keepEnqueueing()),
};

export const EVERYTHING: Scenario = {
  name: 'everything',
  meaning: 'all faults except lost data and bad disks, at random',
  kills: 25,
  urlsPerKill: 1_500,
  proxied: true,
  collectors: 2,
  env,
  disturb: (cluster, kills) => spread(cluster, kills, () => cluster.random.pick(FAULTS)(cluster)),
};
