import { awaitFaults, block, doomed, endWorker, kill, killProcess, type Points, spread, stop, untilFetching } from '../disturb.ts';
import type { Scenario } from '../scenario.ts';

/** There is one settle for every twenty requests or so. */
export const WORKER_POINTS: Points = { 'before-fetch': 300, 'mid-body': 300, 'before-settle': 15, 'after-settle': 15 };

export const WORKER_SCENARIOS: readonly Scenario[] = [
  {
    name: 'worker-kill',
    meaning: 'SIGKILL of workers, at random',
    kills: 50,
    urlsPerKill: 1_000,
    disturb: (cluster, kills) => spread(cluster, kills, () => kill(cluster, 'worker')),
  },
  {
    name: 'worker-processes',
    meaning: 'workers of two processes each; SIGKILL of these processes, at random',
    kills: 30,
    urlsPerKill: 1_000,
    // A short list would be finished before there is a process to kill.
    lateList: true,
    env: (part) => (part === 'worker' ? { TRAWL_PROCESSES: '2' } : {}),
    disturb: async (cluster, kills) => {
      await untilFetching(cluster);
      cluster.enqueue();
      await spread(cluster, kills, () => killProcess(cluster));
    },
  },
  {
    name: 'worker-kill-pinned',
    meaning: 'workers die before a request, halfway through a body, before a settle, after one',
    kills: 30,
    urlsPerKill: 700,
    env: (part, random) => (part === 'worker' ? doomed(random, WORKER_POINTS) : {}),
    disturb: awaitFaults,
  },
  {
    name: 'worker-poison',
    meaning: '15 of 1,000 URLs kill every worker that requests them',
    kills: 75,
    urlsPerKill: 1_000 / 75,
    mayDoFewer: true,
    poisonous: (kills) => Math.round(kills / 5),
    env: (part) => (part === 'worker' ? { CHAOS_DIE: 'poison' } : {}),
    disturb: awaitFaults,
  },
  {
    name: 'worker-stop',
    meaning: 'SIGSTOP of workers for longer than their lock, then SIGCONT',
    kills: 8,
    urlsPerKill: 5_000,
    disturb: async (cluster, kills) => {
      const stops: Array<Promise<void>> = [];
      await spread(cluster, kills, () => void stops.push(stop(cluster, 'worker')));
      await Promise.all(stops);
    },
  },
  {
    name: 'worker-block',
    meaning: 'workers whose event loop is blocked for longer than their lock',
    kills: 8,
    urlsPerKill: 5_000,
    disturb: async (cluster, kills) => spread(cluster, kills, () => block(cluster)),
  },
  {
    name: 'worker-rolling',
    meaning: 'SIGTERM of one worker after another',
    kills: 20,
    urlsPerKill: 1_000,
    disturb: (cluster, kills) => spread(cluster, kills, () => endWorker(cluster)),
  },
];
