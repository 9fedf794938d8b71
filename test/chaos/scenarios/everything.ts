import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../cluster.ts';
import { block, doomed, endWorker, kill, killRedis, spread, stop } from '../disturb.ts';
import type { Part } from '../processes.ts';
import type { Scenario } from '../scenario.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { COLLECTOR_POINTS } from './collector.ts';
import { loseReplies } from './lost-replies.ts';
import { pauseAndResume } from './pause.ts';
import { producerPoints } from './producer.ts';
import { disturbNetwork } from './redis.ts';
import { WORKER_POINTS } from './worker.ts';

/** Of the processes that start, so many end themselves besides. */
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

/** Replies to whatever comes next. */
async function loseSomeReplies(cluster: Cluster): Promise<void> {
  const before = cluster.faults.length;
  let left = LOSSES;
  loseReplies(cluster, () => left-- > 0);
  for (; cluster.faults.length === before && !cluster.isOver(); await sleep(LOOK_MS)) left = Math.max(1, left);
  cluster.proxy.losesReplyTo = () => false;
}

function env(part: Part, random: SeededRandom, urls: number): Record<string, string> {
  if (random.next() > DOOMED) return {};
  if (part === 'worker') return doomed(random, WORKER_POINTS);
  if (part === 'collect') return doomed(random, COLLECTOR_POINTS);
  return doomed(random, producerPoints(urls));
}

export const EVERYTHING: Scenario = {
  name: 'everything',
  meaning: 'all of it but lost data and bad disks, at random',
  kills: 25,
  urlsPerKill: 1_500,
  proxied: true,
  collectors: 2,
  env,
  disturb: (cluster, kills) => spread(cluster, kills, () => cluster.random.pick(FAULTS)(cluster)),
};
