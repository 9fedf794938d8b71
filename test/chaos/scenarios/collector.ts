import { awaitFaults, doomed, kill, type Points, spread, stop } from '../disturb.ts';
import type { Scenario } from '../scenario.ts';

export const COLLECTOR_POINTS: Points = {
  'log-before-write': 6,
  'log-mid-line': 6,
  'log-after-sync': 8,
  'checkpoint-drafted': 3,
  'checkpoint-renamed': 3,
};

export const COLLECTOR_SCENARIOS: readonly Scenario[] = [
  {
    name: 'collector-kill',
    meaning: 'SIGKILL of the collector, at random',
    kills: 20,
    urlsPerKill: 1_500,
    disturb: (cluster, kills) => spread(cluster, kills, () => kill(cluster, 'collect')),
  },
  {
    name: 'collector-kill-pinned',
    meaning: 'the collector dies before a write, in the middle of a line, after a sync, before and after a checkpoint takes its place',
    kills: 20,
    urlsPerKill: 1_000,
    env: (part, random) => (part === 'collect' ? doomed(random, COLLECTOR_POINTS) : {}),
    disturb: awaitFaults,
  },
  {
    name: 'collector-stop',
    meaning: 'two collectors; the one at work is suspended for longer than its claim, and resumes when the other has the run',
    kills: 4,
    urlsPerKill: 5_000,
    collectors: 2,
    disturb: (cluster, kills) => spread(cluster, kills, () => stop(cluster, 'collect')),
  },
];
