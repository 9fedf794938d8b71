import type { Scenario } from './scenario.ts';
import { BACK_PRESSURE } from './scenarios/back-pressure.ts';
import { COLLECTOR_SCENARIOS } from './scenarios/collector.ts';
import { DISK_SCENARIO } from './scenarios/disk.ts';
import { ALL_PINNED, EACH_ONCE, EVERYTHING } from './scenarios/everything.ts';
import { LOST_REPLIES_SCENARIOS } from './scenarios/lost-replies.ts';
import { PAUSE_SCENARIO } from './scenarios/pause.ts';
import { PRODUCER_SCENARIOS } from './scenarios/producer.ts';
import { REDIS_SCENARIOS } from './scenarios/redis.ts';
import { WORKER_SCENARIOS } from './scenarios/worker.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...WORKER_SCENARIOS,
  ...COLLECTOR_SCENARIOS,
  DISK_SCENARIO,
  ...PRODUCER_SCENARIOS,
  ...REDIS_SCENARIOS,
  ...LOST_REPLIES_SCENARIOS,
  BACK_PRESSURE,
  PAUSE_SCENARIO,
  EACH_ONCE,
  ALL_PINNED,
  EVERYTHING,
];

export function scenarioNamed(name: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}: --list names them`);
  return scenario;
}
