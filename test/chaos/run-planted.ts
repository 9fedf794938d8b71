import { rmSync } from 'node:fs';
import { buildCopy, SHORT_CLAIM } from './build-copy.ts';
import type { PlantedBug } from './planted.ts';
import { runScenario } from './run-scenario.ts';
import { scenarioNamed } from './scenarios.ts';
import { table } from './text-table.ts';

export interface PlantedResult {
  name: string;
  scenario: string;
  caught: boolean;
  /** Of the run that detected the bug. */
  problems: string[];
  /** The number of runs it took. */
  rounds: number;
}

/** A run stopped by a bug is not awaited as long as one that may only be slow. */
const END_MS = 15_000;
const ROUNDS = 3;

/** Plants the bug in a copy, and runs its scenario until it is detected, at most three times. */
export async function runPlanted(root: string, bug: PlantedBug, seed: number, endMs = END_MS): Promise<PlantedResult> {
  const { name, scenario, kills, urls } = bug;
  const copy = buildCopy(root, [SHORT_CLAIM, ...bug.changes]);
  try {
    let problems: string[] = [];
    let rounds = 0;
    while (rounds < ROUNDS && problems.length === 0) {
      const run = await runScenario(scenarioNamed(scenario), {
        root: copy,
        seed: seed + rounds,
        endMs,
        ...(kills !== undefined && { kills }),
        ...(urls !== undefined && { urls }),
      });
      problems = run.findings.problems;
      rounds++;
      rmSync(run.folder, { recursive: true, force: true });
    }
    return { name, scenario, caught: problems.length > 0, problems, rounds };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

export function plantedTable(results: readonly PlantedResult[]): string {
  return table(
    ['planted bug', 'scenario', 'runs', ''],
    results.map(({ name, scenario, caught, rounds }) => [name, scenario, String(rounds), caught ? 'caught' : 'MISSED']),
  );
}
