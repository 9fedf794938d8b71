import type { ReportFormat } from '../model/report-formats.ts';
import type { RunSummary } from '../model/run-summary.ts';
import type { Config } from '../options/load-config.ts';
import { RowMeasure } from '../report/row-measure.ts';
import type { GateInputs } from './run-gates.ts';

/** Reports that need the measure of all rows. The others count what they show themselves. */
const MEASURED: ReadonlySet<ReportFormat> = new Set<ReportFormat>(['table', 'json', 'junit', 'github']);

/** What to measure the rows of a run with while they are written. Undefined if neither reports nor gates would use it. */
export function openMeasure({ targets, gated }: Config['report'], { baseline }: GateInputs): RowMeasure | undefined {
  const isUsed = baseline === undefined && (gated || targets.some(({ format }) => MEASURED.has(format)));
  return isUsed ? new RowMeasure() : undefined;
}

/**
 * The measure that was taken during the run, if it is that of the whole log and the log no longer grows. It is not if the run was continued, or
 * if another collector wrote a part of the log. Then the log must be read.
 */
export function measureOfLog(measure: RowMeasure | undefined, { state, books }: RunSummary): RowMeasure | undefined {
  return state === 'ended' && measure?.covers(books.rows) ? measure : undefined;
}
