import { OWN_COMMANDS } from './command-names.ts';
import { FAULT_KINDS } from './fault.ts';
import type { ScenarioRun } from './run-scenario.ts';
import { table } from './text-table.ts';

/** The faults of all scenarios by kind, what became of the URLs, and the estimated rate of losses. */
export function totals(runs: readonly ScenarioRun[]): string {
  const sum = (of: (run: ScenarioRun) => number) => runs.reduce((total, run) => total + of(run), 0);
  const faults = sum((run) => run.faults.length);
  const urls = sum((run) => run.urls);
  const wrong = sum(({ findings: { lost, repeated, mismatched } }) => lost + repeated + mismatched);
  const kinds = FAULT_KINDS.map((kind) => [kind, sum((run) => run.faults.filter((fault) => fault.kind === kind).length)] as const);
  const rows = [
    ...kinds.filter(([, count]) => count > 0),
    ['faults', faults],
    ['URLs', urls],
    ['requests', sum(({ findings }) => findings.requests)],
    ['lost', sum(({ findings }) => findings.lost)],
    ['repeated', sum(({ findings }) => findings.repeated)],
    ['mismatched', sum(({ findings }) => findings.mismatched)],
  ] as const;
  const text = table(
    ['in all', ''],
    rows.map(([what, count]) => [what, count.toLocaleString('en')]),
  );
  return wrong > 0 ? text : `${text}${bound('a URL', urls)}${bound('a fault', faults)}`;
}

/** The rule of three: no loss in N puts the rate below 3/N with 95 % confidence. */
function bound(what: string, count: number): string {
  return `no row lost, repeated or mismatched: less than ${(3 / count).toExponential(1)} for ${what}, at 95 % (3 / ${count.toLocaleString('en')})\n`;
}

/** How often each command passed the proxy, and how many of its replies were lost. '' if none was lost. */
export function lostRepliesTable(runs: readonly ScenarioRun[]): string {
  const sum = (of: (run: ScenarioRun) => number | undefined) => runs.reduce((total, run) => total + (of(run) ?? 0), 0);
  const names = [...new Set(runs.flatMap(({ passed, lostReplies }) => [...Object.keys(passed), ...Object.keys(lostReplies)]))].sort();
  if (runs.every(({ lostReplies }) => Object.keys(lostReplies).length === 0)) return '';
  const rows = names.map((name) => [name, String(sum(({ passed }) => passed[name])), String(sum(({ lostReplies }) => lostReplies[name]))]);
  const absent = OWN_COMMANDS.filter((name) => !names.includes(name));
  return `${table(['command', 'answered', 'replies lost'], rows)}${absent.length > 0 ? `never sent: ${absent.join(', ')}\n` : ''}`;
}
