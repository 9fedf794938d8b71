/**
 * `npm run chaos -- --scenario NAME [--seed N] [--kills N] [--urls N] [--rounds N] [--verbose] [--json FILE]`: kills real processes and checks that nothing is lost or
 * duplicated. `--list` names the scenarios, `--scenario all` runs them all; without `--urls`, the list grows with `--kills`. `--planted` breaks the program in many ways, one after the other
 * (`--bug WORD`: only bugs whose name contains WORD), and checks that the checker detects each.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildCopy, SHORT_CLAIM } from './build-copy.ts';
import { PLANTED } from './planted.ts';
import { type PlantedResult, plantedTable, runPlanted } from './run-planted.ts';
import { runScenario, type ScenarioRun } from './run-scenario.ts';
import { urlsFor } from './scenario.ts';
import { SCENARIOS, scenarioNamed } from './scenarios.ts';
import { summaryTable } from './summary.ts';
import { lostRepliesTable, totals } from './totals.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'all' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    kills: { type: 'string' },
    urls: { type: 'string' },
    rounds: { type: 'string', default: '1' },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
    planted: { type: 'boolean', default: false },
    bug: { type: 'string', default: '' },
    verbose: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  if (values.planted) return plantBugs();
  if (!values.list) return disturb();
  for (const scenario of SCENARIOS) {
    const { name, meaning, kills } = scenario;
    print(`${name.padEnd(22)} ${meaning} (${urlsFor(scenario, kills)} URLs, ${kills} faults)`);
  }
  return 0;
}

async function disturb(): Promise<number> {
  const chosen = values.scenario === 'all' ? SCENARIOS : values.scenario.split(',').map(scenarioNamed);
  const runs: ScenarioRun[] = [];
  const root = buildCopy(ROOT, [SHORT_CLAIM]);
  try {
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const scenario of chosen) {
        const seed = Number(values.seed) + round;
        const run = await runScenario(scenario, {
          root,
          seed,
          keep: values.keep,
          ...(values.kills !== undefined && { kills: Number(values.kills) }),
          ...(values.urls !== undefined && { urls: Number(values.urls) }),
          ...(values.verbose && { say: (message: string) => print(`  ${scenario.name} ${message}`) }),
        });
        runs.push(run);
        for (const problem of run.findings.problems) print(`${scenario.name}: ${problem}`);
        if (run.findings.problems.length > 0)
          print(`${scenario.name}: see ${run.folder}; again: npm run chaos -- --scenario ${scenario.name} --seed ${seed} --verbose`);
      }
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  print(summaryTable(runs) + lostRepliesTable(runs) + totals(runs));
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(runs, undefined, 2));
  return runs.every(({ findings, isWhole }) => findings.problems.length === 0 && isWhole) ? 0 : 1;
}

async function plantBugs(): Promise<number> {
  const results: PlantedResult[] = [];
  for (const bug of PLANTED.filter(({ name }) => name.includes(values.bug))) {
    const result = await runPlanted(ROOT, bug, Number(values.seed));
    results.push(result);
    print(`${bug.name}: ${result.caught ? 'caught' : 'MISSED'} (${result.problems[0] ?? 'no problem found'})`);
  }
  print(plantedTable(results));
  return results.every(({ caught }) => caught) ? 0 : 1;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

process.exitCode = await main();
