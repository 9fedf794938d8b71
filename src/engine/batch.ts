import type { LineFormat } from '../model/lines/parse-line.ts';

/** Consecutive lines of a source. The number identifies a batch; source and line number identify a line. */
export interface Batch {
  /** From 0, without gaps. */
  number: number;
  /** The line number of `lines[0]`, from 1. */
  firstLine: number;
  /** As in the source, without line ends; at most 1,000. Blank lines and comments are counted in line numbers, then ignored. */
  lines: readonly string[];
  /** The name of the source. Absent if the run has only one. */
  source?: string;
  /** How a line is read. A line of format `links` carries its own source and line number. */
  format?: LineFormat;
  /**
   * The only host that the operator named. URLs of other hosts came from it and may not reach private addresses. Without
   * it, the operator named the host of each line.
   */
  namedHost?: string;
  /** `line`: each line is an entry of its own. Otherwise a URL that came before is a duplicate. */
  identity?: 'line';
}
