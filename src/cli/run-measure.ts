import type { ReportFormat } from '../model/report-formats.ts';
import type { RunSummary } from '../model/run-summary.ts';
import type { Config } from '../options/load-config.ts';
import { RowMeasure } from '../report/row-measure.ts';
import type { GateInputs } from './run-gates.ts';

/** Formats that need a measure of all rows. The others count for themselves. */
const MEASURED: ReadonlySet<ReportFormat> = new Set<ReportFormat>(['table', 'json', 'junit', 'github']);

/** Returns a measure for the rows of a run, to which they are added when they are written. Undefined if neither reports nor gates need it. */
export function openMeasure({ targets, gated }: Config['report'], { baseline }: GateInputs): RowMeasure | undefined {
  const isUsed = baseline === undefined && (gated || targets.some(({ format }) => MEASURED.has(format)));
  return isUsed ? new RowMeasure() : undefined;
}

/**
 * Returns the measure if it covers the whole log and the run has ended. Otherwise the log must be read: the run was stopped or continued, or another
 * collector wrote a part of the log.
 */
export function measureOfLog(measure: RowMeasure | undefined, { state, books }: RunSummary): RowMeasure | undefined {
  return state === 'ended' && measure?.covers(books.rows) ? measure : undefined;
}
