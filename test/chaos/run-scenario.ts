import { rmSync } from 'node:fs';
import { scaledMs } from '../helpers/until.ts';
import { buildCopy } from './build-copy.ts';
import { check, type Findings } from './checker.ts';
import { Cluster } from './cluster.ts';
import type { Fault } from './fault.ts';
import { clusterOptions, type Scenario, urlsFor } from './scenario.ts';
import { seededRandom } from './seeded-random.ts';

/** The time a run may take after its last fault or request. */
const END_MS = scaledMs(60_000);

export interface ScenarioRun {
  scenario: string;
  /** How it was done, if there are several ways. */
  way: string;
  seed: number;
  urls: number;
  faults: Fault[];
  /** Whether all requested faults occurred. */
  isWhole: boolean;
  /** Commands through the proxy, and those whose reply was lost. */
  passed: Readonly<Record<string, number>>;
  lostReplies: Readonly<Record<string, number>>;
  findings: Findings;
  /** From the last fault or request to the end of the run; absent if it did not end. */
  secondsAfter?: number;
  /** Where everything is kept if something is wrong. */
  folder: string;
}

export interface ScenarioOptions {
  /** The folder of the built program. */
  root: string;
  seed: number;
  urls?: number;
  kills?: number;
  workers?: number;
  say?: (message: string) => void;
  /** Keep the folder, whatever the result. */
  keep?: boolean;
  endMs?: number;
}

/** Runs a scenario while it disturbs the run, and has the checker examine the result. */
export async function runScenario(scenario: Scenario, options: ScenarioOptions): Promise<ScenarioRun> {
  const { seed, kills = scenario.kills, urls = urlsFor(scenario, kills), say = () => {}, keep = false, endMs = END_MS } = options;
  const root = scenario.changes === undefined ? options.root : buildCopy(options.root, scenario.changes);
  const given = { root, urls, random: seededRandom(seed), say, ...(options.workers !== undefined && { workers: options.workers }) };
  const cluster = await Cluster.start(clusterOptions(scenario, kills, given));
  let failed = true;
  try {
    scenario.prepare?.(cluster);
    cluster.begin();
    await scenario.disturb(cluster, kills);
    const secondsAfter = await cluster.finish(endMs);
    const findings = await checked(cluster, scenario);
    findings.problems.push(...cluster.problems);
    if (secondsAfter === undefined) findings.problems.push(`not ended ${endMs / 1_000} s after the last fault or request`);
    if (cluster.faults.length === 0) findings.problems.push('nothing was disturbed');
    failed = findings.problems.length > 0;
    return {
      scenario: scenario.name,
      way: cluster.way,
      seed,
      urls: cluster.inputs.length,
      faults: cluster.faults,
      isWhole: scenario.mayDoFewer === true || cluster.faults.length >= kills,
      passed: Object.fromEntries(cluster.proxy.passed),
      lostReplies: Object.fromEntries(cluster.proxy.lost),
      findings,
      folder: cluster.folder,
      ...(secondsAfter !== undefined && { secondsAfter }),
    };
  } finally {
    await cluster.close(keep || failed);
    if (root !== options.root) rmSync(root, { recursive: true, force: true });
  }
}

async function checked(cluster: Cluster, { losesData }: Scenario): Promise<Findings> {
  const { inputs, poisonous, mostHits, target, files } = cluster;
  const run = files.summary();
  if (run === '') return { rows: 0, requests: 0, lost: inputs.length, repeated: 0, mismatched: 0, problems: ['no run.json was written'] };
  return check({ inputs, hits: target.hits, log: files.log(), run, poisonous, ...(!losesData && { mostHits }) });
}
