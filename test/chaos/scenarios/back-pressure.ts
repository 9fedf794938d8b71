import type { Cluster } from '../cluster.ts';
import { kill, killRedis, spread, stop } from '../disturb.ts';
import { type Change, counting, replaced } from '../marked-code.ts';
import type { Scenario } from '../scenario.ts';

/** Limits that lists of millions reach, lowered for lists of thousands. */
const LOW_LIMITS: readonly Change[] = [
  { at: 'run-limits', to: replaced(/\{.*\}/, '{ maxWaiting: 3_000, maxUnreleased: 2_000, maxStoredBytes: 20_000 }') },
  { at: 'checkpoint-rows', to: counting(500) },
];

const FAULTS: ReadonlyArray<(cluster: Cluster) => Promise<void>> = [
  (cluster) => kill(cluster, 'worker'),
  (cluster) => kill(cluster, 'enqueue'),
  (cluster) => kill(cluster, 'collect'),
  (cluster) => stop(cluster, 'collect'),
  killRedis,
];

export const BACK_PRESSURE: Scenario = {
  name: 'back-pressure',
  meaning: 'processes are killed while the queue, the frontier and the outcomes are full, and each stage waits for the next',
  kills: 20,
  urlsPerKill: 2_000,
  changes: LOW_LIMITS,
  disturb: (cluster, kills) => spread(cluster, kills, (index) => FAULTS[index % FAULTS.length]?.(cluster)),
};
