import { UsageError } from '../../model/errors.ts';
import { shownBytes, shownNumber } from '../../report/shown-figures.ts';
import { visible } from '../../report/shown-text.ts';
import type { CommandContext } from '../command-context.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type LocalRun, listLocalRuns, sourceNames } from '../local-runs.ts';
import { alignedRows } from '../terminal/aligned-rows.ts';

/** `trawl runs`: lists the runs whose results are on this machine. */
export async function runs({ words, config, stdout, tell }: CommandContext): Promise<ExitCode> {
  if (words.length > 0) throw new UsageError('runs takes no arguments: trawl report RUN shows one run');
  const { dataDir } = config.process;
  const local = await listLocalRuns(dataDir);
  stdout.write(config.report.statusFormat === 'json' ? runsJson(local.runs) : runsTable(local.runs, dataDir));
  for (const problem of local.problems) tell(problem);
  return EXIT.ok;
}

const HEAD = ['Started', 'Run', 'State', 'URLs', 'Failed', 'Size', 'Source'] as const;

/** One line for each run, and the total size. */
export function runsTable(runs: readonly LocalRun[], dataDir: string): string {
  if (runs.length === 0) return `No runs in ${dataDir}.\n`;
  const bytes = runs.reduce((sum, run) => sum + run.bytes, 0);
  const total = `${shownNumber(runs.length)} ${runs.length === 1 ? 'run' : 'runs'}, ${shownBytes(bytes)} in ${dataDir}`;
  return `${alignedRows([[...HEAD], ...runs.map(cells)], { right: [3, 4, 5] })}\n${total}\n`;
}

function cells({ folder, file, bytes }: LocalRun): string[] {
  const { summary } = file;
  const { rows, failed } = summary.books;
  return [
    summary.startedAt.slice(0, 19).replace('T', ' '),
    folder.run,
    summary.state,
    shownNumber(rows),
    shownNumber(failed),
    shownBytes(bytes),
    visible(firstSource(sourceNames(file))),
  ];
}

/** The first source, and the number of the others. */
function firstSource(names: readonly string[]): string {
  const [first] = names;
  if (first === undefined) return '-';
  return names.length === 1 ? first : `${first} and ${shownNumber(names.length - 1)} more`;
}

/** One JSON document, sizes in bytes. */
export function runsJson(runs: readonly LocalRun[]): string {
  const listed = runs.map(({ folder, file, bytes }) => ({
    run: folder.run,
    state: file.summary.state,
    startedAt: file.summary.startedAt,
    ...(file.summary.endedAt !== undefined && { endedAt: file.summary.endedAt }),
    sources: sourceNames(file),
    ...(file.summary.schedule !== undefined && { schedule: file.summary.schedule }),
    ...(file.summary.previous !== undefined && { previous: file.summary.previous }),
    books: file.summary.books,
    bytes,
    folder: folder.path,
  }));
  return `${JSON.stringify({ schema: 1, runs: listed }, undefined, 2)}\n`;
}
