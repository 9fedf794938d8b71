import type { Outcome } from '../core/outcome.ts';

/** A report as text in pieces, so that it can be streamed: what stands before the rows, each row, what stands after them. */
export interface RowFormat {
  readonly head: string;
  /** `line` is the outcome as it stands in the log, `index` its place among the rows, from 0. May be '' for a row that is not shown. */
  row(outcome: Outcome, line: string, index: number): string;
  readonly foot: string;
}
