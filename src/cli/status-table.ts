import type { RunId } from '../core/run-id.ts';
import type { RunCounts } from '../engine/engine.ts';
import { number } from './progress-text.ts';

export interface RunStatus {
  run: RunId;
  counts: RunCounts;
}

/** `open` takes batches, `running` is sealed, `ended` has an outcome for every URL. */
export function runState(counts: RunCounts): 'open' | 'running' | 'ended' | 'paused' | 'cancelled' {
  if (counts.ended) return counts.state === 'cancelled' ? 'cancelled' : 'ended';
  if (counts.state !== 'open') return counts.state;
  return counts.sealedAt === undefined ? 'open' : 'running';
}

const HEAD = ['Run', 'State', 'URLs', 'Done', 'Ok', 'Failed', 'Skipped', 'In flight', 'Retries'];

/** One line for each run, in aligned columns. */
export function statusTable(statuses: readonly RunStatus[]): string {
  if (statuses.length === 0) return 'No runs.\n';
  const rows = [HEAD, ...statuses.map(statusCells)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const lines = rows.map((cells) =>
    cells.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '),
  );
  return `${lines.join('\n')}\n`;
}

/** One JSON document: the counts as the engine gives them. */
export function statusJson(statuses: readonly RunStatus[]): string {
  return `${JSON.stringify({ schema: 1, runs: statuses.map(({ run, counts }) => ({ run, ...counts, state: runState(counts) })) }, null, 2)}\n`;
}

function statusCells({ run, counts }: RunStatus): string[] {
  const { accepted, discovered, settled, ok, failed, skipped, inFlight, retries } = counts;
  return [run, runState(counts), ...[accepted + discovered, settled, ok, failed, skipped, inFlight, retries].map(number)];
}
