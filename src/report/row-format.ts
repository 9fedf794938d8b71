import type { PlainRow } from '../model/lines/plain-line.ts';
import type { Outcome } from '../model/outcome.ts';

/** A report as text in pieces, so that it can be streamed: what stands before the rows, each row, what stands after them. */
export interface RowFormat {
  readonly head: string;
  /** `line` is the outcome as it stands in the log, `index` its place among the rows, from 0. May be '' for a row that is not shown. */
  row(outcome: Outcome, line: string, index: number): string;
  /** The same for a row that is ok and has only common fields: its line need not be parsed. Without it, `row` is asked for every row. */
  plainRow?(row: PlainRow, line: string, index: number): string;
  readonly foot: string;
}
