import type { ScenarioRun } from './run-scenario.ts';
import { table } from './text-table.ts';

/** A line for each scenario, its rounds summed up. */
export function summaryTable(runs: readonly ScenarioRun[]): string {
  const names = [...new Set(runs.map(({ scenario }) => scenario))];
  const rows = names.map((name) => {
    const own = runs.filter(({ scenario }) => scenario === name);
    const sum = (of: (run: ScenarioRun) => number) => own.reduce((total, run) => total + of(run), 0);
    const urls = sum((run) => run.urls);
    const requests = sum(({ findings }) => findings.requests);
    const way = own[0]?.way ?? '';
    return [
      way === '' ? name : `${name} (${way})`,
      urls,
      sum(({ faults }) => faults.length),
      requests,
      (requests / urls).toFixed(3),
      sum(({ findings }) => findings.lost),
      sum(({ findings }) => findings.repeated),
      sum(({ findings }) => findings.mismatched),
      Math.max(...own.map(({ secondsAfter = Number.NaN }) => secondsAfter)).toFixed(1),
      verdict(own),
    ].map(String);
  });
  return table(['scenario', 'URLs', 'faults', 'requests', 'per URL', 'lost', 'repeated', 'mismatched', 'end after s', ''], rows);
}

function verdict(runs: readonly ScenarioRun[]): string {
  if (runs.some(({ findings }) => findings.problems.length > 0)) return 'FAILED';
  return runs.every(({ isWhole }) => isWhole) ? 'ok' : 'TOO FEW FAULTS';
}
