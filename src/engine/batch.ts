import type { LineFormat } from '../model/lines/parse-line.ts';

/** Lines of a source, numbered. A batch is identified by its number, a line by its source and number. */
export interface Batch {
  /** From 0, without gaps. */
  number: number;
  /** The line number of `lines[0]`, from 1. */
  firstLine: number;
  /** As they stand in the source, without line ends; at most 1,000. Blank lines and comments are ignored, but numbered. */
  lines: readonly string[];
  /** The source's name, where a run has several. */
  source?: string;
  /** What a line is: see `LineFormat`. Lines that are `links` say themselves where they stand. */
  format?: LineFormat;
  /** The operator named this host; lines of others came from there, and do not reach private addresses. Without it, the operator named them all. */
  namedHost?: string;
  /** `line`: each line is an entry of its own; otherwise one whose URL came before is a duplicate. */
  identity?: 'line';
}
