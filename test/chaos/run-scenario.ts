import { check, type Findings } from './checker.ts';
import { Cluster } from './cluster.ts';
import { clusterOptions, type Scenario } from './scenarios.ts';
import { seededRandom } from './seeded-random.ts';

/** How long a run may take from its last fault. */
const END_MS = 60_000;

export interface ScenarioRun {
  scenario: string;
  seed: number;
  urls: number;
  faults: string[];
  lostReplies: Readonly<Record<string, number>>;
  findings: Findings;
  /** From the last fault to the end of the run; absent if it did not end. */
  secondsAfter?: number;
  /** Where everything is left if something is wrong. */
  folder: string;
}

export interface ScenarioOptions {
  /** Where the built program is. */
  root: string;
  seed: number;
  urls?: number;
  kills?: number;
  say?: (message: string) => void;
  /** Leave the folder, whatever comes out. */
  keep?: boolean;
  endMs?: number;
}

/** Lets a run go on while the scenario disturbs it, and has the checker look at what came of it. */
export async function runScenario(scenario: Scenario, options: ScenarioOptions): Promise<ScenarioRun> {
  const { root, seed, urls = scenario.urls, kills = scenario.kills, say = () => {}, keep = false, endMs = END_MS } = options;
  const cluster = await Cluster.start(clusterOptions(scenario, { root, urls, mostDeaths: kills, random: seededRandom(seed), say }));
  let failed = true;
  try {
    await cluster.begin();
    await scenario.disturb(cluster, kills);
    const secondsAfter = await cluster.finish(endMs);
    const findings =
      cluster.summary() === ''
        ? unbegun(cluster.inputs.length)
        : check({
            inputs: cluster.inputs,
            hits: cluster.target.hits,
            log: cluster.log(),
            run: cluster.summary(),
            poisonous: cluster.poisonous,
            ...(!scenario.losesData && { mostHits: cluster.inputs.length + cluster.exposed }),
          });
    if (secondsAfter === undefined) findings.problems.push(`not ended ${endMs / 1_000} s after the last fault`);
    if (cluster.faults.length === 0) findings.problems.push('nothing was disturbed');
    failed = findings.problems.length > 0;
    return {
      scenario: scenario.name,
      seed,
      urls: cluster.inputs.length,
      faults: cluster.faults,
      lostReplies: Object.fromEntries(cluster.proxy.lost),
      findings,
      folder: cluster.folder,
      ...(secondsAfter !== undefined && { secondsAfter }),
    };
  } finally {
    await cluster.close(keep || failed);
  }
}

function unbegun(inputs: number): Findings {
  return { rows: 0, requests: 0, lost: inputs, repeated: 0, mismatched: 0, problems: ['no run.json was written'] };
}
