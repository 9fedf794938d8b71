import type { Cluster, ClusterOptions } from './cluster.ts';
import type { Change } from './marked-code.ts';
import type { Part } from './processes.ts';
import type { SeededRandom } from './seeded-random.ts';

export interface Scenario {
  name: string;
  meaning: string;
  /** Number of faults by default. */
  kills: number;
  /** The list grows with the faults, so that all of them occur while the run is in progress. */
  urlsPerKill: number;
  /** Gives the scenario its own copy of the program, with these changes. */
  changes?: readonly Change[];
  /** May do fewer faults if they are not needed. */
  mayDoFewer?: boolean;
  /** Number of URLs that kill their worker. */
  poisonous?: (kills: number) => number;
  collectors?: number;
  /** The scenario starts the workers itself. */
  lateWorkers?: boolean;
  /** The scenario enqueues the list itself. */
  lateList?: boolean;
  origins?: number;
  runOptions?: readonly string[];
  proxied?: boolean;
  /** Redis loses data, so that requests beyond those in flight at a fault are repeated. */
  losesData?: boolean;
  /** Variables for each process as it starts. */
  env?: (part: Part, random: SeededRandom, urls: number) => Record<string, string>;
  /** Before any process is started. */
  prepare?: (cluster: Cluster) => void;
  /** Causes its `kills` while the run is in progress. */
  disturb: (cluster: Cluster, kills: number) => Promise<void>;
}

const FEWEST_URLS = 1_000;
/** Number of workers by default. */
const WORKERS = 3;

export function urlsFor({ urlsPerKill }: Scenario, kills: number): number {
  return Math.max(FEWEST_URLS, Math.round(kills * urlsPerKill));
}

/** What the cluster of a scenario is started with. */
export function clusterOptions(
  scenario: Scenario,
  kills: number,
  { workers = WORKERS, ...given }: Pick<ClusterOptions, 'root' | 'urls' | 'random' | 'say'> & { workers?: number },
): ClusterOptions {
  const { poisonous = () => 0, proxied = false, collectors = 1, origins = 1, runOptions = [], env } = scenario;
  const { lateWorkers = false, lateList = false } = scenario;
  return {
    ...given,
    workers,
    mostDeaths: kills,
    poisonous: poisonous(kills),
    collectors,
    lateWorkers,
    lateList,
    origins,
    runOptions,
    proxied,
    ...(env && { env: (part) => env(part, given.random, given.urls) }),
  };
}
