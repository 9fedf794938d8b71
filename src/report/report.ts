import { stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import type { RunSummary } from '../core/run-summary.ts';
import { Tally } from '../tally/tally.ts';
import { csvFormat } from './csv.ts';
import { readLogLinesInInputOrder } from './input-order.ts';
import { jsonFormat } from './json.ts';
import { readLogLines, unreadable } from './log-lines.ts';
import { ndjsonFormat } from './ndjson.ts';
import { parseOutcome, readOutcomes } from './read-outcomes.ts';
import type { RowFormat } from './row-format.ts';
import { TableMeasure, tableFormat } from './table.ts';
import { writePieces } from './write-pieces.ts';

export const REPORT_FORMATS = ['table', 'json', 'ndjson', 'csv'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** `completion`: as rows were settled, in one pass. `input`: by source, then by line; discovered URLs last, by depth. */
export type RowOrder = 'completion' | 'input';

export interface ReportInput {
  summary: RunSummary;
  /** The outcome log. */
  file: string;
  /** The report covers the log up to here; without it, up to where the log ends when the report begins. */
  endBytes?: number;
  order: RowOrder;
  /** The terminal that the report goes to, if it does: its table is cut to it. */
  terminal?: { columns: number };
}

/**
 * Renders a report from a run's log, in memory that does not grow with the number of rows (with `order: 'input'`, by 24 bytes a row).
 * Resolves when `out` has passed on the last of it; does not end `out`.
 *
 * @throws UsageError if the log cannot be read or is damaged; the stream's own error, such as `EPIPE`, if it cannot be written
 */
export async function renderReport(format: ReportFormat, input: ReportInput, out: Writable): Promise<void> {
  // Formats that take two passes must see the same rows in both, also while the log grows.
  const endBytes = input.endBytes ?? (await sizeBytes(input.file));
  const log = { ...input, endBytes };
  await writePieces(pieces(await openFormat(format, log), log), out);
}

type Log = ReportInput & { endBytes: number };

async function openFormat(format: ReportFormat, log: Log): Promise<RowFormat> {
  switch (format) {
    case 'ndjson':
      return ndjsonFormat;
    case 'csv':
      return csvFormat;
    case 'json': {
      const tally = new Tally();
      for await (const outcome of readOutcomes(log.file, log)) tally.add(outcome);
      return jsonFormat(log.summary, tally.figures());
    }
    case 'table': {
      const measure = new TableMeasure(log.terminal);
      for await (const outcome of readOutcomes(log.file, log)) measure.add(outcome);
      return tableFormat(measure.result(), log.terminal);
    }
  }
}

async function* pieces(format: RowFormat, log: Log): AsyncGenerator<string> {
  yield format.head;
  let index = 0;
  for await (const lines of rowsOf(log)) {
    for (const line of lines) {
      yield format.row(parseOutcome(log.file, line), line.text, index);
      index += 1;
    }
  }
  yield format.foot;
}

function rowsOf({ file, endBytes, order, summary }: Log) {
  return order === 'input' ? readLogLinesInInputOrder(file, summary.sources ?? [], endBytes) : readLogLines(file, endBytes);
}

async function sizeBytes(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw unreadable(file, error);
  }
}
