import type { PlantedResult } from './planted.ts';
import type { ScenarioRun } from './run-scenario.ts';

/** A line for each scenario, its rounds summed up. */
export function summaryTable(runs: readonly ScenarioRun[]): string {
  const names = [...new Set(runs.map(({ scenario }) => scenario))];
  const rows = names.map((name) => {
    const own = runs.filter(({ scenario }) => scenario === name);
    const sum = (of: (run: ScenarioRun) => number) => own.reduce((total, run) => total + of(run), 0);
    const urls = sum((run) => run.urls);
    return [
      name,
      urls,
      sum(({ faults }) => faults.length),
      sum(({ findings }) => findings.requests),
      (sum(({ findings }) => findings.requests) / urls).toFixed(3),
      sum(({ findings }) => findings.lost),
      sum(({ findings }) => findings.repeated),
      sum(({ findings }) => findings.mismatched),
      Math.max(...own.map(({ secondsAfter = Number.NaN }) => secondsAfter)).toFixed(1),
      own.every(({ findings }) => findings.problems.length === 0) ? 'ok' : 'FAILED',
    ].map(String);
  });
  return table(['scenario', 'URLs', 'faults', 'requests', 'per URL', 'lost', 'repeated', 'mismatched', 'end after s', ''], rows);
}

export function plantedTable(results: readonly PlantedResult[]): string {
  return table(
    ['planted bug', 'scenario', ''],
    results.map(({ name, scenario, caught }) => [name, scenario, caught ? 'caught' : 'MISSED']),
  );
}

function table(heads: string[], rows: string[][]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return ['', line(heads), ...rows.map(line), ''].join('\n');
}
