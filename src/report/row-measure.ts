import { readOutcome } from '../model/lines/outcome-line.ts';
import { type PlainRow, readPlainLine } from '../model/lines/plain-line.ts';
import type { Outcome } from '../model/outcome.ts';
import { resultWord } from './row-words.ts';
import { columnsOf, visible } from './shown-text.ts';
import { type Figures, Tally } from './tally/tally.ts';

/** In a file or a pipe, a URL with more columns is printed uncut, and does not widen the other rows. */
const LONGEST_ALIGNED_URL = 120;

/** What a report needs to know about all rows before it prints the first one. */
export interface Measure {
  figures: Figures;
  /** Columns of the widest cells; 0 without rows. */
  widths: CellWidths;
}

/** Columns of the widest cell of each column of the table. */
export interface CellWidths {
  /** The widest URL. */
  url: number;
  /** The widest URL that still counts in a file or a pipe. */
  alignedUrl: number;
  status: number;
  size: number;
  latency: number;
}

/**
 * Measures the rows of a run, in memory that does not grow with their number. `trawl crawl` adds rows during the run, so that it need not read the
 * log again at the end.
 */
export class RowMeasure {
  readonly tally = new Tally();
  #url = 0;
  #alignedUrl = 0;
  #status = 0;
  #mostBytes = 0;

  add(row: PlainRow): void {
    this.tally.add(row);
    const url = columnsOf(visible(row.url));
    if (url > this.#url) this.#url = url;
    if (url > this.#alignedUrl && url <= LONGEST_ALIGNED_URL) this.#alignedUrl = url;
    const status = resultWord(row).length;
    if (status > this.#status) this.#status = status;
    if (row.sizeBytes !== undefined && row.sizeBytes > this.#mostBytes) this.#mostBytes = row.sizeBytes;
  }

  /** Adds the rows of further lines of the log. Skips lines that are not outcomes; `covers` then returns false. */
  addLines(lines: readonly string[]): void {
    for (const line of lines) {
      const row = readPlainLine(line) ?? readOrUndefined(line);
      if (row !== undefined) this.add(row);
    }
  }

  /** True if exactly this many rows were added. False if a part of the log was written earlier, or by another process. */
  covers(rows: number): boolean {
    return this.tally.rows === rows;
  }

  result(): Measure {
    const figures = this.tally.figures();
    const size = sizeCell(this.#mostBytes).length;
    const latency = figures.latencyMs === undefined ? 0 : latencyCell(figures.latencyMs.max).length;
    return { figures, widths: { url: this.#url, alignedUrl: this.#alignedUrl, status: this.#status, size, latency } };
  }
}

/** The size of a row as the table shows it. A larger size is never narrower. */
export function sizeCell(sizeBytes: number | undefined): string {
  return sizeBytes === undefined ? '-' : `${sizeBytes}B`;
}

/** The latency of a row as the table shows it. A larger latency is never narrower. */
export function latencyCell(latencyMs: number | undefined): string {
  return latencyMs === undefined ? '-' : `${Math.round(latencyMs)}ms`;
}

function readOrUndefined(line: string): Outcome | undefined {
  try {
    return readOutcome(line);
  } catch {
    return undefined;
  }
}
