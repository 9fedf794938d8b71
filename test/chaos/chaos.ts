/**
 * `npm run chaos -- --scenario NAME [--seed N] [--kills N] [--urls N] [--rounds N] [--verbose] [--json FILE]`: kills real processes, and checks that nothing is lost and nothing there
 * twice. `--list` names the scenarios, `--scenario all` runs them all, `--planted` breaks the program in fifteen ways, one after the other (`--bug WORD`: those whose name has it), and checks
 * that the checker notices.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PLANTED, runPlanted } from './planted.ts';
import { runScenario, type ScenarioRun } from './run-scenario.ts';
import { SCENARIOS } from './scenarios.ts';
import { plantedTable, summaryTable } from './summary.ts';

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
  if (values.list) {
    for (const { name, meaning, urls, kills } of SCENARIOS) print(`${name.padEnd(22)} ${meaning} (${urls} URLs, ${kills} faults)`);
    return 0;
  }
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
  return values.planted ? plantBugs() : disturb();
}

async function disturb(): Promise<number> {
  const chosen = SCENARIOS.filter(({ name }) => values.scenario === 'all' || values.scenario.split(',').includes(name));
  if (chosen.length === 0) throw new Error(`no scenario ${values.scenario}: --list names them`);
  const runs: ScenarioRun[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const scenario of chosen) {
      const seed = Number(values.seed) + round;
      const run = await runScenario(scenario, {
        root: ROOT,
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
  print(summaryTable(runs));
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(runs, undefined, 2));
  return runs.some(({ findings }) => findings.problems.length > 0) ? 1 : 0;
}

async function plantBugs(): Promise<number> {
  const results = [];
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
