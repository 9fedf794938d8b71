import type { PlainRow } from '../model/lines/plain-line.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Marked } from './baseline.ts';

/** A report that can be streamed: a head, the rows, a foot. */
export interface RowFormat {
  readonly head: string;
  /** Renders a row. `line` is its line in the log; `index` counts the rows from 0. Returns '' for a row that is not shown. */
  row(outcome: Marked<Outcome>, line: string, index: number): string;
  /** The same for a row that is ok and has only common fields: its line is not parsed as JSON, which is much faster. If absent, `row` renders every row. */
  plainRow?(row: Marked<PlainRow>, line: string, index: number): string;
  /** True if every row would be '', so that the log need not be read. */
  readonly showsNoRow?: boolean;
  readonly foot: string;
}
