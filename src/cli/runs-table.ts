import { shownBytes, shownNumber } from '../report/shown-figures.ts';
import { visible } from '../report/shown-text.ts';
import { alignedRows } from './aligned-rows.ts';
import type { LocalRun } from './local-runs.ts';

const HEAD = ['Started', 'Run', 'State', 'URLs', 'Failed', 'Size', 'Source'] as const;

/** One line for each run, and the sum of their sizes. */
export function runsTable(runs: readonly LocalRun[], dataDir: string): string {
  if (runs.length === 0) return `No runs in ${dataDir}.\n`;
  const bytes = runs.reduce((sum, run) => sum + run.bytes, 0);
  const total = `${shownNumber(runs.length)} ${runs.length === 1 ? 'run' : 'runs'}, ${shownBytes(bytes)} in ${dataDir}`;
  return `${alignedRows([[...HEAD], ...runs.map(cells)], { right: [3, 4, 5] })}\n${total}\n`;
}

function cells({ folder, file: { summary, begun }, bytes }: LocalRun): string[] {
  const { rows, failed } = summary.books;
  return [
    summary.startedAt.slice(0, 19).replace('T', ' '),
    folder.run,
    summary.state,
    shownNumber(rows),
    shownNumber(failed),
    shownBytes(bytes),
    visible(sourceNames(summary.sources ?? begun?.sources.map(({ name }) => name) ?? [])),
  ];
}

/** The first source, and how many there are besides. */
function sourceNames(names: readonly string[]): string {
  const [first] = names;
  if (first === undefined) return '-';
  return names.length === 1 ? first : `${first} and ${shownNumber(names.length - 1)} more`;
}

/** One JSON document, sizes in bytes. */
export function runsJson(runs: readonly LocalRun[]): string {
  const listed = runs.map(({ folder, file: { summary, begun }, bytes }) => ({
    run: folder.run,
    state: summary.state,
    startedAt: summary.startedAt,
    ...(summary.endedAt !== undefined && { endedAt: summary.endedAt }),
    sources: summary.sources ?? begun?.sources.map(({ name }) => name) ?? [],
    books: summary.books,
    bytes,
    folder: folder.path,
  }));
  return `${JSON.stringify({ schema: 1, runs: listed }, undefined, 2)}\n`;
}
