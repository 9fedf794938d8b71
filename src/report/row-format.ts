import type { PlainRow } from '../model/lines/plain-line.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Marked } from './baseline.ts';

/** A report as text in pieces, so that it can be streamed: head, rows, foot. */
export interface RowFormat {
  readonly head: string;
  /** `line` is the outcome's line in the log, `index` counts the rows from 0. May return '' for a row that is not shown. */
  row(outcome: Marked<Outcome>, line: string, index: number): string;
  /** The same for a row that is ok and has only common fields, so that its line need not be parsed. Without it, `row` renders every row. */
  plainRow?(row: Marked<PlainRow>, line: string, index: number): string;
  /** True if every row would be '', so that the log need not be read. */
  readonly showsNoRow?: boolean;
  readonly foot: string;
}
