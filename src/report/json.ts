import type { RunSummary } from '../core/run-summary.ts';
import type { Figures } from '../tally/tally.ts';
import type { Result } from './result.ts';
import type { RowFormat } from './row-format.ts';

/**
 * One JSON document: the run, its books, its figures, what a reduce made of it, and last `outcomes`, the records of the log, one on each line.
 * Absent values are absent, never null. Fields are only ever added.
 */
export function jsonFormat(summary: RunSummary, figures: Figures, result?: Result): RowFormat {
  const { run, state, startedAt, endedAt, sources, books } = summary;
  const fields = Object.entries({ schema: 1, run, state, startedAt, endedAt, sources, books, figures, result: result?.value })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`);
  return {
    head: `{\n${fields.join('')}  "outcomes": [`,
    row: (_outcome, line, index) => `${index === 0 ? '' : ','}\n    ${line}`,
    foot: '\n  ]\n}\n',
  };
}
