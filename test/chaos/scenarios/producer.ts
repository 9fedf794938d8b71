import { setTimeout as sleep } from 'node:timers/promises';
import { awaitFaults, doomed, kill, type Points } from '../disturb.ts';
import type { Scenario } from '../scenario.ts';

/** Within this time a producer sends a good part of its list. */
const MOST_MS = 300;

/** About as many commands as a producer sends: some at its start and end, and some for each batch. */
export function producerPoints(urls: number): Points {
  const most = 40 + 4 * Math.ceil(urls / 1_000);
  return { 'before-command': most, 'mid-command': most, 'after-command': most };
}

export const PRODUCER_SCENARIOS: readonly Scenario[] = [
  {
    name: 'producer-kill',
    meaning: 'SIGKILL of the producer at a random moment, then the same command again',
    kills: 15,
    urlsPerKill: 3_000,
    disturb: async (cluster, kills) => {
      cluster.target.fastUntil = 0;
      while (cluster.faults.length < kills && !cluster.isOver()) {
        await cluster.victim('enqueue');
        await sleep(cluster.random.between(0, MOST_MS));
        await kill(cluster, 'enqueue');
      }
      cluster.target.fastUntil = Number.POSITIVE_INFINITY;
    },
  },
  {
    name: 'producer-kill-pinned',
    meaning: 'the producer dies before, in the middle of and after a command to Redis, then the same command again',
    kills: 25,
    urlsPerKill: 1_500,
    env: (part, random, urls) => (part === 'enqueue' ? doomed(random, producerPoints(urls)) : {}),
    disturb: (cluster, kills) => awaitFaults(cluster, kills, () => cluster.keepEnqueueing()),
  },
];
