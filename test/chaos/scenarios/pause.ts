import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, LOCK_MS, RUN } from '../cluster.ts';
import { kill, spread } from '../disturb.ts';
import type { Scenario } from '../scenario.ts';

/** When a run is paused, visits in progress give back what they have not started. */
const UNDER_WAY_MS = 1_000;

export async function pauseAndResume(cluster: Cluster): Promise<void> {
  await cluster.command('pause', RUN);
  cluster.fault('pause', 'paused');
  await cluster.command('resume', RUN);
}

/** Nothing may be requested while the run is paused, including entries of a worker that dies in the meantime. */
async function killInPause(cluster: Cluster): Promise<void> {
  await cluster.command('pause', RUN);
  cluster.fault('pause', 'paused');
  await kill(cluster, 'worker');
  await sleep(UNDER_WAY_MS);
  const before = cluster.target.count;
  await sleep(2 * LOCK_MS);
  const more = cluster.target.count - before;
  if (more > 0) cluster.problems.push(`${more} requests while the run was paused`);
  await cluster.command('resume', RUN);
}

export const PAUSE_SCENARIO: Scenario = {
  name: 'pause',
  meaning: 'the run is paused, a worker is killed, and the run resumes later',
  kills: 6,
  urlsPerKill: 2_000,
  disturb: (cluster, kills) => spread(cluster, Math.ceil(kills / 2), () => killInPause(cluster)),
};
